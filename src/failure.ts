import type { Ledger } from './apply/ledger.ts';
import { describeFailure } from './apply/visitors.ts';
import type { Draft } from './draft.ts';
import { toClause } from './errors/clause.ts';
import { ApplyError, InterruptedError, SourceError, WaybillError } from './errors/errors.ts';
import { summarizeRun } from './finish.ts';
import type { Live } from './manifest/live.ts';
import type { Session } from './session.ts';

/** A run as far as it came. */
export interface BrokenRun {
  readonly draft: Draft;
  readonly ledger: Ledger;
  readonly live: Live | undefined;
  /** The number the version really got. */
  readonly version: number;
}

/**
 * The error a run ends with. Before the first change at the origin it is the cause itself; after it, an ApplyError with the receipt, whose
 * message says what visitors see now and what to do next. Signals and changed sources keep their own exit codes.
 */
export function concludeFailure(
  session: Session,
  { draft, ledger, live, version }: BrokenRun,
  error: unknown,
): unknown {
  if (error instanceof ApplyError) return error;
  const isLive =
    live !== undefined && live.version === version && live.applying === undefined && ledger.phase === undefined;
  const { now, next } = describeFailure(draft.plan, ledger, version, isLive && version !== draft.plan.base);
  if (error instanceof InterruptedError) {
    return new InterruptedError(error.signal, `Interrupted by ${error.signal}. ${now}`, { hint: next });
  }
  if (error instanceof SourceError) {
    return new SourceError(error.code, `${toClause(error.message)}. ${now}`, {
      hint: `${error.hint ?? ''} ${next}`.trim(),
      cause: error,
    });
  }
  if (!ledger.changed) return error;
  const reason = error instanceof Error ? error : new Error(String(error));
  const receipt = summarizeRun(session, draft, ledger, live, [], reason);
  const hints = [error instanceof WaybillError ? error.hint : undefined, next].filter(Boolean).join(' ');
  return new ApplyError('APPLY_FAILED', `${toClause(reason.message)}. ${now}`, { receipt, hint: hints, cause: error });
}
