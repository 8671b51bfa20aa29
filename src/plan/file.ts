import { PlanError } from '../errors/errors.ts';
import { digestPlan } from './digest.ts';
import type { Plan } from './types.ts';

/** Reads what `waybill plan --out` wrote. Throws PLAN_UNREADABLE, also when the digest shows that somebody edited it. */
export function parsePlan(text: string, { name, hash }: { name: string; hash: (text: string) => string }): Plan {
  let raw: Partial<Plan> | null;
  try {
    raw = JSON.parse(text) as Partial<Plan> | null;
  } catch (cause) {
    throw unreadable(`${name} is not valid JSON`, cause);
  }
  if (raw?.kind !== 'plan') throw unreadable(`${name} is not a plan`);
  if (raw.format !== 1) throw unreadable(`${name} has format ${raw.format}; this Waybill reads format 1`);
  if (typeof raw.digest !== 'string' || !/^[0-9a-f]{64}$/.test(raw.digest) || !Array.isArray(raw.phases)) {
    throw unreadable(`${name} is damaged: it has no digest or no phases`);
  }
  const plan = raw as Plan;
  const { digest, ...rest } = plan;
  if (digestPlan(rest, hash) !== digest) {
    throw unreadable(`${name} was edited or damaged: its digest does not fit what it holds`);
  }
  return plan;
}

function unreadable(message: string, cause?: unknown): PlanError {
  return new PlanError('PLAN_UNREADABLE', message, { hint: 'Make it again with `waybill plan --out`.', cause });
}
