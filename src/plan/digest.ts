import type { Plan } from './types.ts';

/** JSON with sorted keys: equal values give equal text, whatever order their keys were made in. */
export function canonicalJson(value: unknown): string {
  return render(value, new Map());
}

/** `flat` holds the text of objects without objects in them: thousands of files share a few header sets. */
function render(value: unknown, flat: Map<object, string>): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map((item) => render(item, flat)).join(',')}]`;
  const known = flat.get(value);
  if (known !== undefined) return known;
  const fields = value as Readonly<Record<string, unknown>>;
  let text = '';
  let isFlat = true;
  for (const name of Object.keys(fields).sort()) {
    const field = fields[name];
    if (field === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${render(field, flat)}`;
    if (typeof field === 'object') isFlat = false;
  }
  if (isFlat) flat.set(value, `{${text}}`);
  return `{${text}}`;
}

/** The digest of a plan: over all that decides what happens. Sentences for people and the next free number do not. */
export function digestPlan(plan: Omit<Plan, 'digest'>, hash: (text: string) => string): string {
  const { warnings: _, version: __, ...decisive } = plan;
  return hash(canonicalJson(decisive));
}
