import { makeLedger } from './apply/ledger.ts';
import { applyPhase } from './apply/phases.ts';
import type { Draft } from './draft.ts';
import type { ExecuteOptions } from './execute.ts';
import { concludeFailure } from './failure.ts';
import { summarizeRun } from './finish.ts';
import { withLock } from './locked.ts';
import type { Lock } from './manifest/lock.ts';
import { writeInventory } from './manifest/store.ts';
import { noteStaged, openLive, type Pointer, writeVersion } from './pointer.ts';
import type { Receipt } from './receipt.ts';
import type { Session } from './session.ts';
import { readUnmoved } from './unmoved.ts';

/**
 * Prepares a version: new hashed files at their keys, bodies of stable keys under `objects/`, the manifest. Nothing that a visitor can
 * name changes and no output is written; `activate` does the rest. Throws as `execute` does.
 */
export async function executeStage(session: Session, draft: Draft, options: ExecuteOptions): Promise<Receipt> {
  const { plan, observation } = draft;
  const live = observation.state?.live;
  const staged = live?.staged?.find((entry) => entry.version === plan.version);
  // Beside another live version than before, it is staged again: `activate` asks which one it was compared with.
  const isComplete = staged?.base === plan.base && plan.phases.length === 0;
  if (plan.version === plan.base || isComplete) {
    const receipt = summarizeRun(session, draft, makeLedger(plan, draft.inspection.inventory), live, []);
    return isComplete ? { ...receipt, version: plan.version, staged: true } : receipt;
  }
  if (session.environment.protected) await options.confirm(plan);
  return await withLock(session, draft.source.runUrl, (lock) => stageLocked(session, draft, lock, options));
}

async function stageLocked(
  session: Session,
  draft: Draft,
  lock: Lock,
  { waitTimeoutMs }: ExecuteOptions,
): Promise<Receipt> {
  const { plan, bodies } = draft;
  const ledger = makeLedger(plan, draft.inspection.inventory);
  let pointer: Pointer | undefined = await readUnmoved(session, draft);
  let { version } = plan;
  try {
    pointer ??= await openLive(session, ledger);
    version = await writeVersion(session, draft, pointer, ledger);
    const checkLock = (): void => lock.check();
    await applyPhase(
      { session, ledger, bodies, checkLock, settleTimeoutMs: waitTimeoutMs, version },
      plan,
      'immutable',
    );
    lock.check();
    await writeInventory(session.state, ledger.inventory, undefined, session.call);
    pointer = await noteStaged(session, pointer, { version, base: plan.base });
    ledger.phase = undefined;
    return { ...summarizeRun(session, draft, ledger, pointer.live, []), version, staged: true };
  } catch (error) {
    throw concludeFailure(session, { draft, ledger, live: pointer?.live, version }, error);
  }
}
