import { type Ledger, makeLedger } from './apply/ledger.ts';
import { applyPhase } from './apply/phases.ts';
import { completeStage, goneMeanwhile, partOf } from './complete-stage.ts';
import type { Draft } from './draft.ts';
import { PlanError } from './errors/errors.ts';
import type { ExecuteOptions } from './execute.ts';
import { concludeFailure } from './failure.ts';
import { summarizeRun } from './finish.ts';
import { withLock } from './locked.ts';
import type { InventoryEntry } from './manifest/inventory.ts';
import { objectKey } from './manifest/keys.ts';
import type { Live } from './manifest/live.ts';
import { type StageDocument, writePart } from './manifest/stages.ts';
import { readLive } from './manifest/store.ts';
import { type Progress, type Shard, splitBodies } from './plan/split.ts';
import { digestStage } from './plan/wanted.ts';
import { sha256Hex } from './provider/bytes.ts';
import type { Receipt } from './receipt.ts';
import { reserve } from './reserve.ts';
import { refuseRivals, type Staging } from './rivals.ts';
import type { Session } from './session.ts';
import { hasManifest, nameRun, type StageView } from './stages.ts';
import { isWeak, learnConditions } from './store-conditions.ts';

/** How far this shard and the others are. */
interface Standing {
  readonly live: Live | undefined;
  readonly version: number;
  readonly progress: Progress;
}

/**
 * Stages one part of a version that several machines stage together, without the lock: no two of them write the same object. Whoever finds all
 * parts on record puts them together. Throws SHARDS_DIFFER, else as `executeStage`.
 */
export async function executeShard(
  session: Session,
  draft: Draft,
  shard: Shard,
  options: ExecuteOptions,
): Promise<Receipt> {
  const { plan, observation } = draft;
  const live = observation.state?.live;
  const ledger = makeLedger(plan, draft.inspection.inventory);
  if (plan.version === plan.base) return summarizeRun(session, draft, ledger, live, []);
  const { project, environment } = { project: session.config.project, environment: plan.environment };
  const digest = digestStage({ project, environment, cdnUrl: plan.cdnUrl, wanted: plan.wanted }, sha256Hex);
  const staging: Staging = { shard, digest, run: nameRun(session, draft.source) };
  const settled = new Set<string>();
  const stages = live ? await refuseRivals(session, draft, staging, { live, settled }) : [];
  const view = stages.find((one) => one.digest === digest);
  const done = view && live && (await findDone(session, draft, staging, view));
  if (done) return report(session, draft, ledger, staging, { ...done, live });
  if (session.environment.protected) await options.confirm(plan);
  return stagePart(session, draft, ledger, { staging, view, settled, waitTimeoutMs: options.waitTimeoutMs });
}

/** Of a shard that has nothing left to do, how far all are. */
async function findDone(
  session: Session,
  { plan, observation }: Draft,
  { shard, run }: Staging,
  { stage, progress, isComplete, isSpent }: StageView,
): Promise<Omit<Standing, 'live'> | undefined> {
  const { version, base } = stage;
  const mine = progress.find(({ count }) => count === shard.count);
  if (isSpent || stage.run !== run || plan.phases.length > 0 || !mine?.recorded.includes(shard.index)) return undefined;
  const staged = observation.state?.live.staged?.find((entry) => entry.version === version);
  const isSettled = isComplete ? staged?.base === base && base === plan.base : true;
  if (!isSettled || !(await hasManifest(session, version))) return undefined;
  return { version, progress: mine };
}

async function stagePart(
  session: Session,
  draft: Draft,
  ledger: Ledger,
  context: {
    readonly staging: Staging;
    readonly view: StageView | undefined;
    readonly settled: Set<string>;
    readonly waitTimeoutMs: number;
  },
): Promise<Receipt> {
  const { plan, bodies } = draft;
  const { staging, view, settled, waitTimeoutMs: settleTimeoutMs } = context;
  const { digest, shard } = staging;
  let { version } = plan;
  let live = draft.observation.state?.live;
  try {
    const stage = await reserveSafely(session, draft, ledger, { staging, isComplete: view?.isComplete === true }, view);
    ({ version } = stage);
    live = (await readLive(session.state, session.config.project, session.call))?.live;
    // Two that began at the same moment did not see each other before.
    if (live) await refuseRivals(session, draft, staging, { live, version, settled });
    const checkLock = (): void => undefined;
    await applyPhase({ session, ledger, bodies, checkLock, settleTimeoutMs, version }, plan, 'immutable');
    await recordPart(session, draft, ledger, { staging, stage, view });
    const stages = live ? await refuseRivals(session, draft, staging, { live, version, settled }) : [];
    const there = stages.find((one) => one.digest === digest && one.stage.version === version);
    const complete = there?.progress.find(({ missing }) => missing.length === 0);
    const progress = complete ?? there?.progress.find(({ count }) => count === shard.count);
    if (!progress) throw goneMeanwhile(draft, stage);
    if (complete)
      live = await completeOrLeave(session, draft, ledger, { ...staging, stage, count: complete.count }, live);
    ledger.phase = undefined;
    return report(session, draft, ledger, staging, {
      live,
      version,
      progress,
    });
  } catch (error) {
    if (error instanceof PlanError && error.code === 'SHARDS_DIFFER') throw error;
    throw concludeFailure(session, { draft, ledger, live, version }, error);
  }
}

/** Numbers are reserved by "must not exist"; where a store does not hold to it, by the lock. */
async function reserveSafely(
  session: Session,
  draft: Draft,
  ledger: Ledger,
  reservation: Parameters<typeof reserve>[3],
  view: StageView | undefined,
): Promise<StageDocument> {
  const conditions = await learnConditions(session);
  // What is there already is only read.
  const isThere = view !== undefined && !view.isSpent && !view.isComplete && view.stage.run === reservation.staging.run;
  if (isThere || !isWeak(conditions)) return reserve(session, draft, ledger, reservation);
  return withLock(session, draft.source.runUrl, () => reserve(session, draft, ledger, reservation));
}

/** Notes that this part is in place, and what stands where it has written, which the records do not know yet. */
async function recordPart(
  session: Session,
  { files, plan, observation }: Draft,
  ledger: Ledger,
  {
    staging,
    stage,
    view,
  }: { readonly staging: Staging; readonly stage: StageDocument; readonly view: StageView | undefined },
): Promise<void> {
  const { shard, digest } = staging;
  const mine = view?.stage.version === stage.version && view.progress.find(({ count }) => count === shard.count);
  if (plan.phases.length === 0 && mine && mine.recorded.includes(shard.index)) return;
  const parts = splitBodies(files, shard.count);
  const written = new Map<string, InventoryEntry>();
  for (const { key, sha256 } of files) {
    if (parts.get(sha256) !== shard.index) continue;
    for (const place of [key, objectKey(sha256)]) {
      const entry = ledger.inventory.get(place);
      if (entry && observation.inventory.get(place) !== entry) written.set(place, entry);
    }
  }
  const live = observation.state?.live.run ?? null;
  await writePart(session.state, digest, partOf(stage, shard), { live, written }, session.call);
  ledger.changed = true;
}

/** All parts are in place, so a lock that others hold is no failure: any shard that is run again, or `activate`, does the rest. */
async function completeOrLeave(
  session: Session,
  draft: Draft,
  ledger: Ledger,
  completion: Parameters<typeof completeStage>[3],
  live: Live | undefined,
): Promise<Live | undefined> {
  try {
    return await completeStage(session, draft, ledger, completion);
  } catch (error) {
    if (!(error instanceof PlanError) || error.code !== 'LOCK_HELD') throw error;
    ledger.warnings.push(`${error.message} All parts are in place, and \`waybill activate\` does what is left.`);
    return live;
  }
}

function report(
  session: Session,
  draft: Draft,
  ledger: Ledger,
  { shard, digest }: Staging,
  { live, version, progress }: Standing,
): Receipt {
  const { recorded, missing } = progress;
  return {
    ...summarizeRun(session, draft, ledger, live, []),
    version,
    ...(missing.length === 0 ? { staged: true } : {}),
    shard: { ...shard, digest, recorded, missing },
  };
}
