import { PlanError } from '../errors/errors.ts';
import type { Plan } from './types.ts';

/** Reads what `waybill plan --out` wrote. Throws PLAN_UNREADABLE; `name` is the file's, for the message. */
export function parsePlan(text: string, name = 'The plan file'): Plan {
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
  return raw as Plan;
}

function unreadable(message: string, cause?: unknown): PlanError {
  return new PlanError('PLAN_UNREADABLE', message, { hint: 'Make it again with `waybill plan --out`.', cause });
}
