import { readCi } from './collect/ci.ts';
import { PlanError } from './errors/errors.ts';
import { withLock } from './locked.ts';
import { isEmptyPrune, isSamePrune } from './plan/prune.ts';
import type { PrunePlan, PruneRequest } from './plan/prune-types.ts';
import { makeProgress, summarizePrune } from './prune-receipt.ts';
import type { PruneReceipt } from './receipt.ts';
import type { Session } from './session.ts';
import { surveyPrune } from './survey.ts';
import { sweep } from './sweep.ts';

export interface PruneOptions extends PruneRequest {
  /** How long an outer edge waits for an inner one to settle, in milliseconds. */
  readonly waitTimeoutMs: number;
  /** Asked before anything is locked or written, where the environment is protected; throws when the answer is no. */
  readonly confirm: (plan: PrunePlan) => Promise<void>;
}

/** What `prune` would do; nothing is written. */
export async function planPrune(session: Session, request: PruneRequest): Promise<PrunePlan> {
  return (await surveyPrune(session, request)).plan;
}

/**
 * Removes what no kept version needs. Throws NOTHING_LIVE, TAKEDOWN_LIVE, USAGE, LOCK_HELD or PLAN_STALE while nothing is changed,
 * ApplyError with the receipt after that.
 */
export async function prune(session: Session, options: PruneOptions): Promise<PruneReceipt> {
  const plan = await planPrune(session, options);
  if (isEmptyPrune(plan)) return nothingToDo(session, plan);
  const { protected: isProtected } = session.environment;
  if (isProtected) await options.confirm(plan);
  return await withLock(session, readCi(session.env).runUrl, async (lock) => {
    // All is read again: between the first look and the lock, another run may have come to need what would go.
    const draft = await surveyPrune(session, options);
    if (isProtected && !isSamePrune(plan, draft.plan)) throw changedSince(plan);
    if (isEmptyPrune(draft.plan)) return nothingToDo(session, draft.plan);
    return await sweep(session, draft, lock, options.waitTimeoutMs);
  });
}

function nothingToDo(session: Session, plan: PrunePlan): PruneReceipt {
  const warnings = plan.warnings.map(({ message }) => message);
  return summarizePrune(session, plan, makeProgress(), { copied: 0, invalidated: [], owed: [], warnings });
}

function changedSince({ environment }: PrunePlan): PlanError {
  return new PlanError(
    'PLAN_STALE',
    `Another run came first in ${environment}: what would be removed is no longer what was confirmed. Nothing was changed.`,
    { hint: 'Run again.' },
  );
}
