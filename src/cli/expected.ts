import { PlanError } from '../errors/errors.ts';
import type { Invocation } from './command.ts';
import { loadTarget } from './context.ts';
import { readPlanFile } from './plan-file.ts';

export interface ExpectFlags {
  /** Path of a reviewed plan. */
  readonly plan?: string;
  /** Digest of a reviewed plan. */
  readonly expect?: string;
}

/** The digest that the run must have, of either flag. Throws PLAN_UNREADABLE, and PLAN_STALE for another environment's plan. */
export async function readExpected(invocation: Invocation<ExpectFlags>): Promise<string | undefined> {
  const { flags, settings } = invocation;
  if (flags.plan === undefined) return flags.expect;
  const reviewed = await readPlanFile(settings.cwd, flags.plan);
  const { environment } = await loadTarget(invocation);
  if (reviewed.environment === environment.name) return reviewed.digest;
  const message = `${flags.plan} is for environment ${reviewed.environment}, not ${environment.name}.`;
  throw new PlanError('PLAN_STALE', message, { hint: `Pass --env ${reviewed.environment}, or plan again.` });
}
