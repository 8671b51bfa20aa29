import { PlanError } from '../errors/errors.ts';
import { objectHeaders, objectKey } from '../manifest/keys.ts';
import type { Body } from '../model.ts';
import type { CopyStep, KeepStep, StoreStep, UploadStep } from '../plan/types.ts';
import type { CopyPlace } from '../provider/contract.ts';
import type { Session } from '../session.ts';
import type { Ledger } from './ledger.ts';

export interface StepContext {
  readonly session: Session;
  readonly ledger: Ledger;
  readonly bodies: ReadonlyMap<string, Body>;
  /** Where copies from another environment are taken from. */
  readonly elsewhere?: CopyPlace | undefined;
}

/** Carries out one step at the origin and records what stands there now. */
export async function performStep(
  context: StepContext,
  step: UploadStep | CopyStep | KeepStep | StoreStep,
): Promise<void> {
  switch (step.kind) {
    case 'upload':
      return upload(context, step);
    case 'copy':
      return copy(context, step);
    case 'keep':
      return keep(context, step);
    case 'store':
      return store(context, step);
  }
}

function bodyOf({ bodies }: StepContext, { key }: UploadStep | StoreStep): Body {
  const body = bodies.get(key);
  if (!body) throw new PlanError('INTERNAL', `The plan sends ${key}, and no such file was collected`);
  return body;
}

async function upload(context: StepContext, step: UploadStep): Promise<void> {
  const { session, ledger } = context;
  const body = bodyOf(context, step);
  const { key, sha256, size, headers, ifMatch } = step;
  const { etag } = await session.origin.write(
    { key, sha256, size, headers, ifMatch, visibility: 'public', body },
    session.call,
  );
  ledger.changed = true;
  ledger.uploaded.files++;
  ledger.uploaded.bytes += size;
  ledger.inventory.set(key, { sha256, size, etag, headers });
}

async function copy({ session, ledger, elsewhere }: StepContext, step: CopyStep): Promise<void> {
  const { key, sha256, size, headers, from } = step;
  const sourceEtag = from.etag ?? ledger.inventory.get(from.key)?.etag;
  if (sourceEtag === undefined) {
    throw new PlanError('INTERNAL', `The plan copies ${from.key} to ${key}, and nothing was written at ${from.key}`);
  }
  const place = from.environment === undefined ? undefined : elsewhere;
  // A self-copy is fenced by its source's etag; the target's would be the same condition twice.
  const condition = from.key === key && !place ? {} : { ifMatch: step.ifMatch };
  const { etag } = await session.origin.copy(
    { key: from.key, etag: sourceEtag, ...(place === undefined ? {} : { place }) },
    { key, sha256, size, headers, visibility: 'public', ...condition },
    session.call,
  );
  ledger.changed = true;
  ledger.copied++;
  ledger.inventory.set(key, { sha256, size, etag, headers });
}

async function keep({ session, ledger }: StepContext, step: KeepStep): Promise<void> {
  const { sha256, size } = step;
  const key = objectKey(sha256);
  const { etag } = await session.origin.copy(
    { key: step.key, etag: step.etag },
    { key, sha256, size, headers: objectHeaders, visibility: 'private' },
    session.call,
  );
  ledger.changed = true;
  ledger.inventory.set(key, { sha256, size, etag, headers: objectHeaders });
}

async function store(context: StepContext, step: StoreStep): Promise<void> {
  const { session, ledger } = context;
  const { sha256, size } = step;
  const key = objectKey(sha256);
  const body = bodyOf(context, step);
  const { etag } = await session.origin.write(
    { key, sha256, size, headers: objectHeaders, visibility: 'private', body },
    session.call,
  );
  ledger.changed = true;
  ledger.uploaded.files++;
  ledger.uploaded.bytes += size;
  ledger.inventory.set(key, { sha256, size, etag, headers: objectHeaders });
}
