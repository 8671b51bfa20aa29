import * as z from 'zod';
import { ProviderError } from '../errors/errors.ts';
import { readWhole } from '../provider/bytes.ts';
import type { Call, Origin } from '../provider/contract.ts';
import { encodeJson, parseDocument } from './documents.ts';
import { lockKey } from './keys.ts';
import { writeState } from './write-state.ts';

/** It holds no time: a lease ages by the origin's clock alone. */
export interface LockDocument {
  readonly format: 1;
  readonly run: string;
  readonly host: string;
  readonly pid: number;
  /** Where the pid means something: containers may share a host name and not their processes. */
  readonly pidSpace?: string | undefined;
  readonly runUrl: string | null;
  readonly leaseMs: number;
  readonly released: boolean;
}

const lockSchema = z.object({
  format: z.literal(1),
  run: z.string(),
  host: z.string(),
  pid: z.number().int(),
  pidSpace: z.string().optional(),
  runUrl: z.string().nullable(),
  leaseMs: z.number().positive(),
  released: z.boolean(),
});

export interface FoundLock {
  readonly document: LockDocument;
  readonly etag: string;
  readonly ageMs: number;
}

export interface LockView {
  readonly holder: string;
  readonly host: string;
  readonly runUrl: string | null;
  readonly ageMs: number;
  readonly expired: boolean;
}

export function parseLock(bytes: Uint8Array): LockDocument {
  return parseDocument(lockSchema, bytes, lockKey);
}

export async function readLock(origin: Origin, call: Call): Promise<FoundLock | undefined> {
  const found = await readWhole(origin, lockKey, call);
  return found && { document: parseLock(found.bytes), etag: found.etag, ageMs: found.ageMs };
}

export function holderOf(document: LockDocument): string {
  return document.runUrl ?? `process ${document.pid} on ${document.host}`;
}

/** Renewals add a serial to the run, which makes each one's bytes its own. */
export function isOfRun(document: LockDocument, run: string): boolean {
  return document.run === run || document.run.startsWith(`${run}#`);
}

/** The lease as others see it; `undefined` when nobody holds it. Its age goes by the origin's clock. */
export async function viewLock(origin: Origin, call: Call): Promise<LockView | undefined> {
  const found = await readLock(origin, call);
  if (!found || found.document.released) return undefined;
  const { document, ageMs } = found;
  return {
    holder: holderOf(document),
    host: document.host,
    runUrl: document.runUrl,
    ageMs: Math.round(ageMs),
    expired: ageMs > document.leaseMs,
  };
}

/** The new etag; `undefined` when somebody else was there first. */
export async function tryWriteLock(
  origin: Origin,
  document: LockDocument,
  ifMatch: string | null,
  call: Call,
): Promise<string | undefined> {
  try {
    return (await writeState(origin, lockKey, encodeJson(document), ifMatch, call)).etag;
  } catch (error) {
    if (error instanceof ProviderError && error.kind === 'conflict') return undefined;
    throw error;
  }
}
