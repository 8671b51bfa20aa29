import { waitForEdges } from './apply/edges.ts';
import { type Ledger, makeLedger } from './apply/ledger.ts';
import { applyPhase, type PhaseContext } from './apply/phases.ts';
import type { Draft } from './draft.ts';
import { watchExposure } from './exposure.ts';
import { concludeFailure } from './failure.ts';
import { makeReceipt } from './finish.ts';
import { withLock } from './locked.ts';
import type { Lock } from './manifest/lock.ts';
import { isEmpty } from './plan/build.ts';
import type { Plan } from './plan/types.ts';
import { finish, openLive, type Pointer, payOwed, recordApplying, writeVersion } from './pointer.ts';
import type { Receipt } from './receipt.ts';
import type { Session } from './session.ts';
import { settleEmpty } from './settle.ts';
import { readUnmoved } from './unmoved.ts';

export interface ExecuteOptions {
  readonly wait: 'submitted' | 'done';
  readonly waitTimeoutMs: number;
  /** Asked before anything is locked or written, where the environment is protected; throws when the answer is no. */
  readonly confirm: (plan: Plan) => Promise<void>;
}

/** Runs the work under the locks that it needs. */
export type TakeLocks = <T>(work: (lock: Lock) => Promise<T>) => Promise<T>;

/** Carries a draft out under the lock. Throws LOCK_HELD, PLAN_STALE, ApplyError, or what the provider refused before the first write. */
export async function execute(
  session: Session,
  draft: Draft,
  options: ExecuteOptions,
  takeLocks: TakeLocks = (work) => withLock(session, draft.source.runUrl, work),
): Promise<Receipt> {
  const ledger = makeLedger(draft.plan, draft.inspection.inventory);
  const unfinished = draft.observation.state?.live.applying !== undefined;
  if (isEmpty(draft.plan) && !unfinished) return settleEmpty(session, draft, ledger, options.waitTimeoutMs);
  checkEdges(session, draft);
  if (session.environment.protected) await options.confirm(draft.plan);
  return await takeLocks((lock) => executeLocked(session, draft, ledger, lock, options));
}

/** An edge without its token is told to the user now, rather than after everything is uploaded. */
function checkEdges({ edges }: Session, { plan, observation }: Draft): void {
  const steps = plan.phases.flatMap((phase) => phase.steps).filter((step) => step.kind === 'invalidate');
  const told = new Set([...steps, ...(observation.state?.live.owed ?? [])].map(({ edge }) => edge));
  for (const edge of edges) if (told.has(edge.name)) edge.ready?.();
}

async function executeLocked(
  session: Session,
  draft: Draft,
  ledger: Ledger,
  lock: Lock,
  options: ExecuteOptions,
): Promise<Receipt> {
  const { plan } = draft;
  const current = await readUnmoved(session, draft);
  const exposure = watchExposure(session.environment.url, session.signal);
  let pointer: Pointer | undefined;
  let { version } = plan;
  try {
    pointer = current ?? (await openLive(session, ledger));
    version = await writeVersion(session, draft, pointer, ledger);
    const context: PhaseContext = {
      session,
      ledger,
      bodies: draft.bodies,
      elsewhere: draft.elsewhere,
      checkLock: () => lock.check(),
      settleTimeoutMs: options.waitTimeoutMs,
      version,
    };
    await payOwed(session, ledger, options.waitTimeoutMs);
    await applyPhase(context, plan, 'immutable');
    lock.check();
    pointer = await recordApplying(session, draft, pointer, ledger, version);
    await applyPhase(context, plan, 'mutable');
    await applyPhase(context, plan, 'entry');
    lock.check();
    pointer = await finish(session, draft, pointer, ledger, version);
    if (options.wait === 'done') await waitForEdges(session, ledger, options.waitTimeoutMs);
    const warning = exposure.warning();
    if (warning) ledger.warnings.push(warning);
    return await makeReceipt(session, draft, ledger, pointer.live);
  } catch (error) {
    throw concludeFailure(session, { draft, ledger, live: pointer?.live, version }, error);
  } finally {
    exposure.stop();
  }
}
