import type { Ledger } from './apply/ledger.ts';
import { applyPhase } from './apply/phases.ts';
import { type Draft, makeDraft } from './draft.ts';
import { PlanError } from './errors/errors.ts';
import { inspect } from './inspect.ts';
import { withLock } from './locked.ts';
import type { Live } from './manifest/live.ts';
import type { Lock } from './manifest/lock.ts';
import { readPart, readStage, type StageDocument } from './manifest/stages.ts';
import { readManifest, writeInventory } from './manifest/store.ts';
import type { Manifest } from './model.ts';
import { type Observation, observe } from './observe.ts';
import { sameContent } from './plan/diff.ts';
import type { Shard } from './plan/split.ts';
import { noteStaged, type Pointer } from './pointer.ts';
import type { Session } from './session.ts';
import { isSpent } from './stages.ts';

/** A stage of which all parts are on record. */
export interface Completion {
  readonly digest: string;
  readonly stage: StageDocument;
  /** Into how many parts it was split. */
  readonly count: number;
}

/**
 * Puts the parts together under the lock: the origin is listed once more, what another run took away meanwhile is sent, the records are merged, and
 * `live` says that the version is staged. Whoever comes second finds nothing to do. Throws LOCK_HELD, and PLAN_STALE where the stage is gone.
 */
export async function completeStage(
  session: Session,
  draft: Draft,
  ledger: Ledger,
  completion: Completion,
): Promise<Live> {
  return withLock(session, draft.source.runUrl, async (lock) => {
    const observation = await observe(session, { list: true });
    const { state } = observation;
    const { version, base } = completion.stage;
    // Another shard put it together, and somebody made it live before this one had the lock.
    if (state?.live.history.some((entry) => entry.version === version)) return state.live;
    const manifest = state && (await readOurs(session, draft, completion, state.live));
    if (!state || !manifest) throw goneMeanwhile(draft, completion.stage);
    if (state.live.staged?.some((entry) => entry.version === version && entry.base === base)) return state.live;
    const merged = await withParts(session, observation, completion, state.live);
    const rest = await planRest(session, draft, merged, manifest);
    ledger.inventory = new Map(rest.inspection.inventory);
    return (await sendRest(session, rest, ledger, { lock, pointer: state, stage: completion.stage })).live;
  });
}

/** The manifest that the stage names now, if it is that of our files: without conditional writes another run may have written over it. */
async function readOurs(
  session: Session,
  { files, lookup, plan }: Draft,
  { digest, stage }: Completion,
  live: Live,
): Promise<Manifest | undefined> {
  const found = await readStage(session.state, digest, session.call);
  if (found?.stage.version !== stage.version || isSpent(stage.version, live)) return undefined;
  const manifest = await readManifest(session.state, stage.version, session.call);
  const isOurs = manifest?.cdnUrl === plan.cdnUrl && sameContent(manifest, { files, ...lookup });
  return isOurs ? manifest : undefined;
}

/** Parts save a look at what they wrote, unless another run has written `live` since: then headers may be others under the same etag. */
async function withParts(
  session: Session,
  observation: Observation,
  { digest, stage, count }: Completion,
  live: Live,
): Promise<Observation> {
  const { version } = stage;
  const names = Array.from({ length: count }, (_, place) => ({ version, index: place + 1, count }));
  const parts = await Promise.all(names.map((name) => readPart(session.state, digest, name, session.call)));
  const inventory = new Map(observation.inventory);
  for (const part of parts) {
    if (part === undefined || (part.live ?? (live.version === 0 ? live.run : null)) !== live.run) continue;
    for (const [key, entry] of part.written) inventory.set(key, entry);
  }
  return { ...observation, inventory };
}

async function planRest(session: Session, draft: Draft, observation: Observation, existing: Manifest): Promise<Draft> {
  const { files, lookup, source, message, bodies } = draft;
  const inspection = await inspect(session, observation, files, { adopt: true });
  return makeDraft(session, {
    ...{ operation: 'stage', files, lookup, source, message, bodies, existing, observation, inspection },
    ...{ version: existing.version, adopt: true, allowLarge: true, warnings: [] },
  });
}

async function sendRest(
  session: Session,
  { plan, bodies }: Draft,
  ledger: Ledger,
  { lock, pointer, stage }: { readonly lock: Lock; readonly pointer: Pointer; readonly stage: StageDocument },
): Promise<Pointer> {
  const { version, base } = stage;
  const checkLock = (): void => lock.check();
  await applyPhase({ session, ledger, bodies, checkLock, settleTimeoutMs: 0, version }, plan, 'immutable');
  lock.check();
  await writeInventory(session.state, ledger.inventory, undefined, session.call);
  return noteStaged(session, pointer, { version, base });
}

/** The stage is not there any more, or is another version's. */
export function goneMeanwhile({ plan }: Draft, { version }: StageDocument): PlanError {
  return new PlanError(
    'PLAN_STALE',
    `Version ${version} of ${plan.environment} is no longer being staged: another run made it live, removed it or wrote over it`,
    { hint: 'Look at `waybill versions`, then run the shards again if it is still wanted.' },
  );
}

/** What a shard is called in the documents of its stage. */
export function partOf({ version }: StageDocument, { index, count }: Shard): { version: number } & Shard {
  return { version, index, count };
}
