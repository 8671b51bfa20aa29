import type { Plan } from './types.ts';

/** JSON with sorted keys: equal values give equal text, whatever order their keys were made in. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sortKeys(value, new Map())) ?? 'null';
}

/**
 * A copy with the keys of all objects in order; made for `JSON.stringify`, which is several times quicker than rendering here. `texts`
 * holds the copies of objects of nothing but text: thousands of files share a few header sets.
 */
function sortKeys(value: unknown, texts: Map<object, object>): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => sortKeys(item, texts));
  const known = texts.get(value);
  if (known !== undefined) return known;
  const fields = value as Readonly<Record<string, unknown>>;
  const sorted: Record<string, unknown> = {};
  let isText = true;
  for (const name of Object.keys(fields).sort()) {
    const field = fields[name];
    if (typeof field !== 'string') isText = false;
    const copy = sortKeys(field, texts);
    // A file may be called `__proto__`; assigning would not make a key of it.
    if (name !== '__proto__') sorted[name] = copy;
    else Object.defineProperty(sorted, name, { value: copy, enumerable: true });
  }
  if (isText) texts.set(value, sorted);
  return sorted;
}

/** The digest of a plan: over all that decides what happens. Sentences for people and the next free number do not. */
export function digestPlan(plan: Omit<Plan, 'digest'>, hash: (text: string) => string): string {
  const { warnings: _, version: __, ...decisive } = plan;
  return hash(canonicalJson(decisive));
}
