import type { Ledger } from './apply/ledger.ts';
import type { Refusals } from './apply/removal.ts';
import { toClause } from './errors/clause.ts';
import { ApplyError, InterruptedError, WaybillError } from './errors/errors.ts';
import type { PrunePlan } from './plan/prune-types.ts';
import type { PruneReceipt } from './receipt.ts';
import type { Session } from './session.ts';

/** What a prune has done so far. */
export interface Progress {
  keys: number;
  objects: number;
  bytes: number;
  readonly versions: number[];
  readonly refusals: Refusals;
}

export function makeProgress(): Progress {
  return { keys: 0, objects: 0, bytes: 0, versions: [], refusals: { keys: [], reasons: new Set(), cause: undefined } };
}

const mostNamed = 20;

export function summarizePrune(
  session: Session,
  plan: PrunePlan,
  progress: Progress,
  ledger: Pick<Ledger, 'copied' | 'invalidated' | 'owed' | 'warnings'>,
  error?: Error,
): PruneReceipt {
  const { keys, objects, bytes, versions, refusals } = progress;
  const total = plan.keys.length + plan.objects.length;
  return {
    kind: 'receipt',
    format: 1,
    operation: 'prune',
    environment: plan.environment,
    version: plan.live || null,
    removed: { keys, objects, bytes, versions: [...versions] },
    copied: ledger.copied,
    unrestorable: plan.unrestorable,
    foreign: plan.foreign,
    invalidated: ledger.invalidated,
    owed: ledger.owed,
    // Not a copy: the release of the lock is still to come, and counts.
    requests: session.requests,
    warnings: ledger.warnings,
    durationMs: Math.round(performance.now() - session.startedAt),
    ...(error === undefined
      ? {}
      : {
          failed: {
            code: error instanceof WaybillError ? error.code : 'INTERNAL',
            message: error.message,
            keys: refusals.keys.slice(0, mostNamed),
            notRemoved: total - keys - objects,
          },
        }),
  };
}

/** The error of a prune that broke off: the cause itself while nothing is changed, else an ApplyError that says what is so now. */
export function concludePrune(
  session: Session,
  plan: PrunePlan,
  progress: Progress,
  ledger: Ledger,
  error: unknown,
): unknown {
  if (error instanceof ApplyError || !ledger.changed) return error;
  const now = renderState(plan, progress);
  const next = rerun(plan);
  if (error instanceof InterruptedError) {
    return new InterruptedError(error.signal, `Interrupted by ${error.signal}. ${now}`, { hint: next });
  }
  const reason = error instanceof Error ? error : new Error(String(error));
  const receipt = summarizePrune(session, plan, progress, ledger, reason);
  const hints = [error instanceof WaybillError ? error.hint : undefined, next].filter(Boolean).join(' ');
  return new ApplyError('APPLY_FAILED', `${toClause(reason.message)}. ${now}`, { receipt, hint: hints, cause: error });
}

/** What a prune that came to its end has left undone; `undefined` when that is nothing. */
export function findLeftover(
  session: Session,
  plan: PrunePlan,
  progress: Progress,
  ledger: Ledger,
): ApplyError | undefined {
  const { keys, reasons, cause } = progress.refusals;
  const owed = ledger.owed.reduce((sum, { items }) => sum + items.length, 0);
  if (keys.length === 0 && owed === 0) return undefined;
  const parts: string[] = [];
  if (keys.length > 0) {
    const more = keys.length > 5 ? ` and ${keys.length - 5} more` : '';
    parts.push(
      `These are still there: ${keys.slice(0, 5).join(', ')}${more}: ${[...reasons].map(toClause).join('; ')}.`,
    );
    parts.push(renderState(plan, progress));
  }
  if (owed > 0) {
    const edges = [...new Set(ledger.owed.map(({ edge }) => edge))].join(', ');
    const refusals = [...new Set(ledger.refusals.map(toClause))].join('; ');
    const state = keys.length > 0 ? '' : ' Everything is removed at the origin.';
    parts.push(
      `${edges} did not take the invalidation of ${owed} URL${owed === 1 ? '' : 's'}: ${refusals}.${state} Visitors may see old copies of these until it is made.`,
    );
  }
  const code = keys.length > 0 ? 'APPLY_FAILED' : 'INVALIDATION_OWED';
  const message = parts.join(' ');
  const receipt = summarizePrune(
    session,
    plan,
    progress,
    ledger,
    keys.length > 0 ? (cause ?? new Error(message)) : undefined,
  );
  return new ApplyError(code, message, { receipt, hint: rerun(plan), ...(cause ? { cause } : {}) });
}

function renderState(plan: PrunePlan, { keys, objects }: Progress): string {
  const count = `${keys + objects} of ${plan.keys.length + plan.objects.length} objects are removed`;
  return plan.mode === 'takedown'
    ? `${count}; the versions that lose files are marked, and all others are whole.`
    : `${count}; every version that stays is whole.`;
}

function rerun({ environment }: PrunePlan): string {
  return `Run the same \`waybill prune --env ${environment}\` again: it finishes what is left.`;
}
