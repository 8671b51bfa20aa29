import type { Plan } from './types.ts';

/** JSON with sorted keys: equal values give equal text, whatever order their keys were made in. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
  return `{${entries.join(',')}}`;
}

/** The digest of a plan: over all that decides what happens. Sentences for people and the next free number do not. */
export function digestPlan(plan: Omit<Plan, 'digest'>, hash: (text: string) => string): string {
  const { warnings: _, version: __, ...decisive } = plan;
  return hash(canonicalJson(decisive));
}
