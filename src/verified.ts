import { toClause } from './errors/clause.ts';
import { ApplyError, InterruptedError, UsageError, VerificationError, WaybillError } from './errors/errors.ts';
import { type ExecuteOptions, execute } from './execute.ts';
import type { Receipt } from './receipt.ts';
import { planRollback } from './rollback.ts';
import { openSession, type Session } from './session.ts';
import { suggestRemedy, summarizeProblems } from './verify/summary.ts';
import type { Verification, VerifiedReceipt } from './verify/types.ts';
import { verify } from './verify.ts';

export interface VerifyingOptions extends ExecuteOptions {
  readonly verify?: boolean;
  /** Makes the version that was live before this run live again when the new one fails. */
  readonly rollbackOnFailure?: boolean;
}

/** Vendors that do not tell say that they take seconds. */
const longestGraceMs = 10_000;

/**
 * A run; with `verify`, one that counts as done when visitors get what it made live: it waits until the edges have forgotten, then verifies.
 * Throws what `run` throws, VerificationError with the receipt, and ApplyError when the rollback itself fails.
 */
export async function verified<Options extends VerifyingOptions>(
  run: (session: Session, options: Options) => Promise<Receipt>,
  session: Session,
  options: Options,
): Promise<Receipt & Partial<VerifiedReceipt>> {
  if (!options.verify && options.rollbackOnFailure) {
    throw new UsageError('USAGE', '--rollback-on-failure needs --verify.', { hint: 'Pass both, or none.' });
  }
  if (!options.verify) return await run(session, options);
  const receipt = await run(session, { ...options, wait: 'done' });
  // Visitors see nothing of a version that is staged.
  if (receipt.staged) return receipt;
  // Not every vendor tells when it has forgotten; where no edge was told anything there is nothing to wait for.
  const graceMs = receipt.invalidated.length === 0 ? 0 : Math.min(options.waitTimeoutMs, longestGraceMs);
  const verification = await verifyRun(session, receipt, graceMs);
  if (verification.ok) return { ...receipt, verification };
  return await concludeFailed(session, { ...receipt, verification }, verification, options);
}

/** Verifies what a run has made live. Throws VerificationError when that is not possible: then nothing is known, and nothing is undone. */
async function verifyRun(session: Session, receipt: Receipt, graceMs: number): Promise<Verification> {
  const isLive = `Version ${receipt.version} is live`;
  try {
    return await verify(session, { graceMs });
  } catch (error) {
    if (error instanceof InterruptedError) {
      const hint = `Verify it: \`waybill verify --env ${receipt.environment}\`.`;
      throw new InterruptedError(error.signal, `Interrupted by ${error.signal}. ${isLive} and was not verified.`, {
        hint,
      });
    }
    if (!(error instanceof WaybillError)) throw error;
    throw new VerificationError(`${isLive} and could not be verified; nothing was undone. ${error.message}`, {
      document: { ...receipt, verification: null } satisfies VerifiedReceipt,
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
}

async function concludeFailed(
  session: Session,
  receipt: VerifiedReceipt,
  verification: Verification,
  options: VerifyingOptions,
): Promise<never> {
  const { version, previous, environment } = receipt;
  const failed = `Version ${version} failed verification (${summarizeProblems(verification)})`;
  const end = (rest: string, hint: string, document = receipt): never => {
    throw new VerificationError(`${failed}${rest}`, { document, hint });
  };
  const remedy = suggestRemedy(verification);
  if (!options.rollbackOnFailure) {
    const undo =
      previous === null || previous === version ? '' : ` \`waybill rollback --env ${environment}\` goes back.`;
    return end('; it is live.', `${remedy}${undo}`);
  }
  if (previous === null) return end('; there is no version before it to go back to, so it stays live.', remedy);
  if (previous === version) return end('; it was live before this run, so nothing was rolled back.', remedy);
  const rollback = await goBack(session, receipt, previous, options).catch((error: unknown) => {
    throw concludeBroken(receipt, failed, error);
  });
  if (rollback === undefined) return end('; another run came first, so nothing was rolled back.', remedy);
  return end(`; version ${rollback.version} is live again.`, remedy, { ...receipt, rollback });
}

/** The ordinary rollback, as a run of its own. `undefined` when the version is no longer the one that was verified. */
async function goBack(
  session: Session,
  { version }: Receipt,
  to: number,
  { waitTimeoutMs }: VerifyingOptions,
): Promise<Receipt | undefined> {
  const { requests: _, ...common } = session;
  const again = await openSession({ ...common, nonce: `${session.nonce}-back` });
  try {
    const draft = await planRollback(again, { to, message: `version ${version} failed verification` });
    if (draft.plan.base !== version) return undefined;
    // Whoever asked for the deploy has asked for this.
    return await execute(again, draft, { wait: 'submitted', waitTimeoutMs, confirm: async () => {} });
  } finally {
    await again.close();
  }
}

/** The rollback's failure leads, and both are told. */
function concludeBroken(receipt: VerifiedReceipt, failed: string, error: unknown): unknown {
  if (!(error instanceof WaybillError)) return error;
  const purpose = `This was to undo the ${receipt.operation}: ${failed}.`;
  const message = `${toClause(error.message)}. ${purpose}`;
  const hint = error.hint ?? `See \`waybill status --env ${receipt.environment}\`.`;
  if (error instanceof InterruptedError) return new InterruptedError(error.signal, message, { hint });
  const rollback = error instanceof ApplyError ? (error.receipt as Receipt) : undefined;
  const prefix = rollback === undefined ? 'The rollback did not begin: ' : '';
  return new ApplyError('APPLY_FAILED', `${prefix}${message}`, {
    receipt: { ...receipt, ...(rollback ? { rollback } : {}) },
    hint,
    cause: error,
  });
}
