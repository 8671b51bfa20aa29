import type { core, ZodType } from 'zod';
import { renderFound } from './found.ts';
import { findKnownKeys } from './known-keys.ts';
import type { Mistake } from './mistakes.ts';
import { parsePath } from './mistakes.ts';
import { renderNearest } from './nearest.ts';

type Issue = core.$ZodIssue;
type Step = string | number;

/** zod's issues in our words. `base` is where the checked value stands in the configuration. */
export function issuesToMistakes(issues: readonly Issue[], schema: ZodType, base = ''): Mistake[] {
  const start = parsePath(base);
  return issues
    .flatMap((issue) => explain(issue, [], schema))
    .map(({ path, text }) => ({
      path: [...start, ...path],
      text,
      code: 'CONFIG_INVALID',
    }));
}

interface Explained {
  readonly path: readonly Step[];
  readonly text: string;
}

function explain(issue: Issue, above: readonly Step[], schema: ZodType): Explained[] {
  const path = [...above, ...toSteps(issue.path)];
  if (issue.code === 'unrecognized_keys') {
    const known = findKnownKeys(schema, path);
    return issue.keys.map((key) => ({ path: [...path, key], text: renderUnknownKey(key, known) }));
  }
  if (issue.code === 'invalid_union') return explainUnion(issue, path, schema);
  if (issue.code === 'invalid_key') return [{ path, text: issue.issues[0]?.message ?? issue.message }];
  return [{ path, text: `${renderExpected(issue)}${renderWhat(issue, path)}` }];
}

/** A value that fits no member: the members' nouns, or the mistakes of the member that it nearly is. */
function explainUnion(issue: core.$ZodIssueInvalidUnion, path: readonly Step[], schema: ZodType): Explained[] {
  if ('options' in issue && issue.discriminator !== undefined) {
    const { discriminator, options } = issue;
    const input = (issue.input as Readonly<Record<string, unknown>>)[discriminator];
    const values = (options ?? []) as core.util.Primitive[];
    return explain({ code: 'invalid_value', values, input, path: [], message: issue.message }, path, schema);
  }
  const members = issue.errors.filter((member) => member.length > 0);
  const isOtherKind = (member: Issue[]) => member.some((one) => one.path.length === 0 && one.code === 'invalid_type');
  const near = members.find((member) => !isOtherKind(member));
  if (near !== undefined) return near.flatMap((one) => explain(one, path, schema));
  const alternatives = members.flatMap((member) => member.slice(0, 1)).map(renderNoun);
  if (alternatives.length === 0) return [{ path, text: issue.message }];
  return [{ path, text: `expected ${alternatives.join(' or ')}${renderWhat(issue, path)}` }];
}

/** A message of a schema's own says what was expected; zod's defaults are put in our words. */
function renderExpected(issue: Issue): string {
  // A key that a provider refuses with a reason is of type `never`.
  const isRefused = issue.code === 'invalid_type' && issue.expected === 'never';
  const hasText = isRefused || issue.code === 'custom' || issue.code === 'invalid_format';
  const isOwn = hasText && !issue.message.startsWith('Invalid');
  return isOwn ? issue.message : `expected ${renderNoun(issue)}`;
}

const nouns: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

function renderNoun(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return nouns[issue.expected] ?? `a ${issue.expected}`;
    case 'invalid_value':
      return issue.values.map((value) => (typeof value === 'string' ? `\`${value}\`` : String(value))).join(', ');
    case 'too_small':
      return renderBound(issue.origin, 'at least', issue.minimum);
    case 'too_big':
      return renderBound(issue.origin, 'at most', issue.maximum);
    case 'invalid_format':
      return issue.format === 'url' ? 'a URL' : `text of the form ${issue.pattern ?? issue.format}`;
    default:
      return `another value (${issue.message})`;
  }
}

function renderBound(origin: string, bound: string, limit: number | bigint): string {
  if (origin === 'string') return `a string of ${bound} ${limit} character${limit === 1 ? '' : 's'}`;
  if (origin === 'array' || origin === 'set') return `a list of ${bound} ${limit} ${limit === 1 ? 'entry' : 'entries'}`;
  if (origin === 'object' || origin === 'record')
    return `an object with ${bound} ${limit} ${limit === 1 ? 'key' : 'keys'}`;
  return `a number of ${bound} ${limit}`;
}

function renderWhat(issue: Issue, path: readonly Step[]): string {
  const found = renderFound(issue.input, path.at(-1));
  if (issue.code !== 'invalid_value' || typeof issue.input !== 'string') return found;
  return `${found}${renderNearest(
    issue.input,
    issue.values.filter((value) => typeof value === 'string'),
  )}`;
}

function renderUnknownKey(key: string, known: readonly string[]): string {
  // Another member of a union has it, e.g. `path` of a `github` output.
  if (known.includes(key)) return 'does not go with the other keys here';
  const nearest = renderNearest(key, known);
  if (nearest !== '' || known.length === 0) return `unknown key${nearest}`;
  return `unknown key; known here: ${known.map((one) => `\`${one}\``).join(', ')}`;
}

function toSteps(path: readonly PropertyKey[]): Step[] {
  return path.map((step) => (typeof step === 'number' ? step : String(step)));
}
