import { type Ledger, makeLedger } from './apply/ledger.ts';
import { removeKeys } from './apply/removal.ts';
import { performStep } from './apply/steps.ts';
import { chunksAt } from './manifest/chunk-memory.ts';
import { chunksPrefix, objectKey, versionKey } from './manifest/keys.ts';
import type { Live } from './manifest/live.ts';
import type { Lock } from './manifest/lock.ts';
import { readManifest, writeInventory } from './manifest/store.ts';
import { withoutYoung } from './old-chunks.ts';
import type { PrunePlan } from './plan/prune-types.ts';
import { type Pointer, payOwed, swapLive, toRecord } from './pointer.ts';
import { concludePrune, findLeftover, makeProgress, type Progress, summarizePrune } from './prune-receipt.ts';
import type { PruneReceipt } from './receipt.ts';
import type { Session } from './session.ts';
import type { PruneDraft } from './survey.ts';

/** Everything that one prune under the lock works with. */
interface Sweep {
  readonly session: Session;
  readonly plan: PrunePlan;
  readonly ledger: Ledger;
  readonly progress: Progress;
  readonly lock: Lock;
  readonly settleTimeoutMs: number;
}

/**
 * Carries a draft out. Wherever it breaks off, every version that stays is whole: `live` says first what goes, bodies are kept and records
 * dropped before the first removal, and a manifest goes when nothing of its own is left. Throws ApplyError with the receipt.
 */
export async function sweep(
  session: Session,
  { plan, state, inventory }: PruneDraft,
  lock: Lock,
  settleTimeoutMs: number,
): Promise<PruneReceipt> {
  const ledger = makeLedger(plan, inventory);
  const progress = makeProgress();
  const work: Sweep = { session, plan, ledger, progress, lock, settleTimeoutMs };
  try {
    const begun = await announce(work, state);
    await keepBodies(work);
    await forgetRecords(work);
    await removeObjects(work);
    lock.check();
    await payOwed(session, ledger, settleTimeoutMs);
    await removeManifests(work);
    await removeStages(work);
    await removeChunks(work);
    lock.check();
    await settle(work, begun);
  } catch (error) {
    throw concludePrune(session, plan, progress, ledger, error);
  }
  const leftover = findLeftover(session, plan, progress, ledger);
  if (leftover) throw leftover;
  return summarizePrune(session, plan, progress, ledger);
}

/** From here on plans that were made earlier are stale, and versions that go or lose files are no longer restored. */
async function announce({ session, plan, ledger }: Sweep, pointer: Pointer): Promise<Pointer> {
  const going = new Set(plan.versions.map(({ version }) => version));
  const lossy = new Set(plan.unrestorable.map(({ version }) => version));
  for (const { edge, items } of plan.invalidations) ledger.owed.push({ edge, items, version: plan.live });
  const next = await swapLive(session, pointer, (live): Live => {
    const { staged, unrestorable = [], ...rest } = live;
    const losses = [
      ...unrestorable.filter(({ version }) => !lossy.has(version)),
      ...plan.unrestorable.map((loss) => ({ ...loss, paths: [...loss.paths] })),
    ];
    return {
      ...rest,
      run: session.nonce,
      // The number of an abandoned version is not used again, whatever becomes of its manifest.
      next: Math.max(live.next, ...[...going].map((version) => version + 1)),
      owed: toRecord(ledger.owed),
      history: live.history.map((entry) => (going.has(entry.version) ? { ...entry, gone: true } : entry)),
      ...(staged ? { staged: staged.filter(({ version }) => !going.has(version)) } : {}),
      ...(losses.length === 0 ? {} : { unrestorable: losses }),
      pruned: { run: session.nonce, at: session.now().toISOString(), versions: begunVersions(plan, live) },
    };
  });
  ledger.changed = true;
  return next;
}

/** What an earlier prune has begun with may lack files, until its manifest is gone; only a prune of versions goes on with it. */
function begunVersions({ mode, versions }: PrunePlan, { pruned }: Live): number[] {
  return mode === 'versions' ? versions.map(({ version }) => version) : (pruned?.versions ?? []);
}

async function keepBodies({ session, plan, ledger, lock }: Sweep): Promise<void> {
  const context = { session, ledger, bodies: new Map() };
  const queue = plan.keeps.values();
  const work = async (): Promise<void> => {
    for (const body of queue) {
      lock.check();
      await performStep(context, { ...body, kind: 'keep', reason: 'kept-for-rollback', wave: 0 });
      ledger.copied++;
    }
  };
  const workers = Math.min(plan.keeps.length, session.origin.traits.concurrency);
  // All of them end before the error is told: none may go on copying once the lock is released.
  const ends = await Promise.allSettled(Array.from({ length: workers }, work));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** First the records, then the objects: `--trust-manifest` must never believe in what is gone. */
async function forgetRecords({ session, plan, ledger }: Sweep): Promise<void> {
  let isChanged = plan.keeps.length > 0;
  for (const { key } of [...plan.keys, ...plan.objects]) isChanged = ledger.inventory.delete(key) || isChanged;
  if (isChanged) await writeInventory(session.state, ledger.inventory, undefined, session.call);
}

async function removeObjects({ session, plan, progress, lock }: Sweep): Promise<void> {
  const total = plan.keys.length + plan.objects.length;
  for (const what of ['keys', 'objects'] as const) {
    const sizes = new Map(plan[what].map(({ key, size }) => [key, size]));
    const onRemoved = (keys: readonly string[]): void => {
      progress[what] += keys.length;
      for (const key of keys) progress.bytes += sizes.get(key) ?? 0;
      session.emit({ kind: 'removed', count: progress.keys + progress.objects, total });
    };
    await removeKeys(session.origin, [...sizes.keys()], { call: session.call, lock, onRemoved }, progress.refusals);
  }
}

/** A manifest stays for as long as anything of its own does: it is what tells that this is ours. */
async function removeManifests({ session, plan, progress, lock }: Sweep): Promise<void> {
  const left = new Set(progress.refusals.keys);
  const numbers = new Map<string, number>();
  for (const { version } of plan.versions) {
    if (left.size === 0 || !(await names(session, version, left))) numbers.set(versionKey(version), version);
  }
  const onRemoved = (keys: readonly string[]): void => {
    for (const key of keys) progress.versions.push(numbers.get(key) ?? 0);
  };
  await removeKeys(session.state, [...numbers.keys()], { call: session.call, lock, onRemoved }, progress.refusals);
}

/** After the manifests: a stage whose version is still there is one that is worked on. */
async function removeStages({ session, plan, progress, lock }: Sweep): Promise<void> {
  const keys = plan.stages.map(({ key }) => key);
  await removeKeys(session.state, keys, { call: session.call, lock, onRemoved: () => undefined }, progress.refusals);
}

/**
 * After the manifests, so that no version is there without its rows. Another run may have written one anew since it was planned; a manifest that
 * could not be removed keeps its own.
 */
async function removeChunks({ session, plan, progress, lock }: Sweep): Promise<void> {
  const done = new Set(progress.versions);
  const left = plan.versions.filter(({ version }) => !done.has(version)).map(({ version }) => versionKey(version));
  const needed = chunksAt(session.state).namedBy(left);
  const going = plan.chunks.filter(({ key }) => !needed.has(key.slice(chunksPrefix.length)));
  const keys = (await withoutYoung(session, going)).map(({ key }) => key);
  await removeKeys(session.state, keys, { call: session.call, lock, onRemoved: () => undefined }, progress.refusals);
}

async function names(session: Session, version: number, keys: ReadonlySet<string>): Promise<boolean> {
  const manifest = await readManifest(session.state, version, session.call);
  return manifest?.files.some(({ key, sha256 }) => keys.has(key) || keys.has(objectKey(sha256))) === true;
}

async function settle({ session, ledger, progress }: Sweep, pointer: Pointer): Promise<void> {
  const done = new Set(progress.versions);
  await swapLive(session, pointer, ({ unrestorable = [], ...live }): Live => {
    const begun = live.pruned?.versions ?? [];
    const losses = unrestorable.filter(({ version }) => !done.has(version));
    return {
      ...live,
      run: session.nonce,
      owed: toRecord(ledger.owed),
      ...(losses.length === 0 ? {} : { unrestorable: losses }),
      pruned: {
        // Another name than at the start: what was seen in between may be gone as well.
        run: `${session.nonce} done`,
        at: session.now().toISOString(),
        versions: begun.filter((version) => !done.has(version)),
      },
    };
  });
}
