import { tellInTurn } from './apply/edges.ts';
import type { Ledger } from './apply/ledger.ts';
import type { Draft } from './draft.ts';
import { ProviderError } from './errors/errors.ts';
import { advanceLive, emptyLive, type Live } from './manifest/live.ts';
import { readLive, readManifest, writeInventory, writeLive, writeManifest } from './manifest/store.ts';
import type { Manifest } from './model.ts';
import { sameContent } from './plan/diff.ts';
import type { Owed, Plan } from './plan/types.ts';
import type { Session } from './session.ts';

/** The live document as this run last read or wrote it. */
export interface Pointer {
  readonly live: Live;
  readonly etag: string;
}

/** The first live document of a location, so that a version is never there without one. */
export async function openLive(session: Session, ledger: Ledger): Promise<Pointer> {
  const live = noteConditions(session, emptyLive(session.config.project, session.nonce));
  const { etag } = await writeLive(session.state, live, null, session.call);
  ledger.changed = true;
  return { live, etag };
}

/**
 * Writes the manifest of the new version before its first upload, and returns its number. Numbers are never used twice: one that a broken
 * run has taken is either the same content, and is finished, or is left behind.
 */
export async function writeVersion(session: Session, draft: Draft, pointer: Pointer, ledger: Ledger): Promise<number> {
  const { plan } = draft;
  if (plan.version === plan.base || draft.existing) return plan.version;
  const { store, state, call } = session;
  // Without the lock another version may be live by now, and this one's chunks be pruned before they are named.
  const standing = store.lock === undefined ? [] : [pointer.live.version];
  for (let version = Math.max(plan.version, pointer.live.next); ; version++) {
    const manifest: Manifest = {
      format: 1,
      project: session.config.project,
      environment: plan.environment,
      version,
      ...(draft.message === undefined ? {} : { message: draft.message }),
      source: draft.source,
      cdnUrl: plan.cdnUrl,
      createdAt: session.now().toISOString(),
      ...draft.lookup,
      files: draft.files,
    };
    try {
      await writeManifest(state, manifest, standing, call);
      ledger.changed = true;
      return version;
    } catch (error) {
      if (!(error instanceof ProviderError) || error.kind !== 'conflict') throw error;
      const there = await readManifest(state, version, call);
      if (there && there.cdnUrl === plan.cdnUrl && sameContent(there, manifest)) return version;
    }
  }
}

/** Pays what earlier runs owe to edges, before anything else. */
export async function payOwed(session: Session, ledger: Ledger, settleTimeoutMs: number): Promise<void> {
  for (const owed of [...ledger.owed]) await tellInTurn(session, ledger, owed, settleTimeoutMs);
}

/**
 * Says in `live` which version is about to be applied and what edges will have to forget, so that a run that dies leaves both behind.
 * Skipped when nothing visible follows.
 */
export async function recordApplying(
  session: Session,
  draft: Draft,
  pointer: Pointer,
  ledger: Ledger,
  version: number,
): Promise<Pointer> {
  const visible = draft.plan.phases.filter((phase) => phase.name !== 'immutable');
  if (visible.length === 0) return pointer;
  ledger.owed.push(...plannedOwed(draft.plan, version));
  await forgetHeaders(session, draft, ledger);
  const next = await swapLive(session, pointer, (live) => ({
    ...live,
    run: session.nonce,
    next: Math.max(live.next, version + 1),
    owed: toRecord(ledger.owed),
    // While the live version is brought back, visitors still see files of the one that was half applied.
    ...(version === live.version ? {} : { applying: { version, run: session.nonce } }),
  }));
  ledger.changed = true;
  return next;
}

/**
 * Writes the live document under the lock. Runs with nothing to apply write it without the lock, to note a newer commit or a paid debt; what
 * they noted is taken over. Rejects with kind `conflict` when anything else has moved.
 */
export async function swapLive(session: Session, pointer: Pointer, change: (live: Live) => Live): Promise<Pointer> {
  for (let current = pointer; ; ) {
    const live = noteConditions(session, change(current.live));
    try {
      const { etag } = await writeLive(session.state, live, current.etag, session.call);
      return { live, etag };
    } catch (error) {
      if (!(error instanceof ProviderError) || error.kind !== 'conflict') throw error;
      const there = await readLive(session.state, session.config.project, session.call);
      if (!there || there.etag === current.etag || hasMoved(there.live, current.live)) throw error;
      current = there;
    }
  }
}

/** Says in `live` that a version is staged, and what was live then. */
export function noteStaged(
  session: Session,
  pointer: Pointer,
  { version, base }: { readonly version: number; readonly base: number },
): Promise<Pointer> {
  const entry = { version, at: session.now().toISOString(), base };
  return swapLive(session, pointer, (live) => ({
    ...live,
    run: session.nonce,
    next: Math.max(live.next, version + 1),
    staged: [...(live.staged ?? []).filter((one) => one.version !== version), entry],
  }));
}

/** What was found out about the stores need not be found out again. */
function noteConditions({ store }: Session, live: Live): Live {
  return store.conditions ? { ...live, conditions: store.conditions } : live;
}

/** Whether another run has changed what is live, or begun to. */
export function hasMoved(there: Live, known: Live): boolean {
  return (
    there.version !== known.version ||
    there.next !== known.next ||
    there.applying?.run !== known.applying?.run ||
    // What a plan has seen at the origin may be gone.
    there.pruned?.run !== known.pruned?.run
  );
}

/**
 * Where etags are hashes of the bytes (S3), new headers do not change them. What is on record for such keys is dropped before they are
 * written, so that after a crash the next run looks at them.
 */
async function forgetHeaders(session: Session, draft: Draft, ledger: Ledger): Promise<void> {
  const { inventory } = draft.observation;
  const steps = draft.plan.phases.flatMap((phase) => phase.steps).filter((step) => 'headers' in step);
  if (!steps.some(({ key, sha256 }) => inventory.get(key)?.sha256 === sha256)) return;
  const rest = new Map(ledger.inventory);
  // Also what this run has looked at anew: were it put on record here, it would be believed after the write that makes it wrong.
  for (const { key, sha256 } of steps) if (rest.get(key)?.sha256 === sha256) rest.delete(key);
  await writeInventory(session.state, rest, undefined, session.call);
  ledger.changed = true;
}

function plannedOwed(plan: Plan, version: number): Owed[] {
  return plan.phases.flatMap((phase) =>
    phase.steps.flatMap((step) =>
      step.kind === 'invalidate' ? [{ edge: step.edge, items: step.items, version }] : [],
    ),
  );
}

/** Makes the version live. The inventory goes first: should the run die between the two, it is only a cache. */
export async function finish(
  session: Session,
  draft: Draft,
  pointer: Pointer,
  ledger: Ledger,
  version: number,
): Promise<Pointer> {
  await writeInventory(session.state, ledger.inventory, undefined, session.call);
  ledger.changed = true;
  const source = draft.existing?.source ?? draft.source;
  const entry = {
    version,
    at: session.now().toISOString(),
    commit: source.commit ?? null,
    message: draft.message ?? draft.existing?.message ?? null,
  };
  const next = await swapLive(session, pointer, ({ applying: _, ...rest }) => {
    const settled: Live = { ...withoutStaged(rest, version), run: session.nonce, owed: toRecord(ledger.owed) };
    return version === settled.version ? settled : advanceLive(settled, entry, source.commitTime ?? null);
  });
  ledger.phase = undefined;
  session.emit({ kind: 'live', version });
  return next;
}

/** A version that is live is no longer staged. */
function withoutStaged({ staged, ...live }: Live, version: number): Live {
  const left = staged?.filter((one) => one.version !== version) ?? [];
  return left.length === 0 ? live : { ...live, staged: left };
}

/** The document's own form of what is owed. */
export function toRecord(owed: readonly Owed[]): Live['owed'] {
  return owed.map((one) => ({ ...one, items: [...one.items] }));
}
