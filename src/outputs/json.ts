import { WaybillError } from '../errors/errors.ts';
import { detectEol } from './lines.ts';

/**
 * Sets one key of a JSON object and leaves every other byte as it is, numbers and order included. An empty text becomes a new object.
 * Throws OUTPUT_FAILED for a text that is no JSON object.
 */
export function renderJson(existing: string, name: string, value: string): string {
  const literal = JSON.stringify(value);
  if (existing.trim() === '') return `{\n  ${JSON.stringify(name)}: ${literal}\n}\n`;
  assertObject(existing);
  const { open, members } = scanObject(existing);
  // JSON.parse takes the last one of a doubled key.
  const ours = members.findLast((member) => JSON.parse(existing.slice(member.keyStart, member.keyEnd)) === name);
  if (ours !== undefined) return splice(existing, ours.valueStart, ours.valueEnd, literal);
  const last = members.at(-1);
  if (last === undefined) {
    const eol = detectEol(existing);
    return splice(existing, open + 1, existing.indexOf('}', open), `${eol}  ${JSON.stringify(name)}: ${literal}${eol}`);
  }
  // The new key looks like the last one: the same blanks before it and around its colon.
  const colon = existing.slice(last.keyEnd, last.valueStart);
  const blanks = /\s*$/.exec(existing.slice(open + 1, last.keyStart))?.[0] || /\s*$/.exec(colon)?.[0];
  return splice(existing, last.valueEnd, last.valueEnd, `,${blanks}${JSON.stringify(name)}${colon}${literal}`);
}

interface Member {
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

function assertObject(text: string): void {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new WaybillError('OUTPUT_FAILED', `the file is no valid JSON (${(cause as Error).message})`, { cause });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new WaybillError('OUTPUT_FAILED', 'the file holds JSON, but no object that could take a key');
  }
}

/** The members of the outermost object; the text is known to be valid. */
function scanObject(text: string): { open: number; members: readonly Member[] } {
  const open = text.indexOf('{');
  const token = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s"{}[\]:,]+/g;
  token.lastIndex = open + 1;
  const members: Member[] = [];
  let depth = 0;
  let key: { start: number; end: number } | undefined;
  let valueStart: number | undefined;
  let end = open + 1;
  for (let found = token.exec(text); found !== null && depth >= 0; found = token.exec(text)) {
    const [word] = found;
    if (depth === 0 && (word === ',' || word === '}')) {
      if (key !== undefined && valueStart !== undefined) {
        members.push({ keyStart: key.start, keyEnd: key.end, valueStart, valueEnd: end });
      }
      key = undefined;
      valueStart = undefined;
    } else if (depth === 0 && key === undefined) {
      key = { start: found.index, end: token.lastIndex };
    } else if (!(depth === 0 && word === ':')) {
      valueStart ??= found.index;
    }
    if (word === '{' || word === '[') depth++;
    if (word === '}' || word === ']') depth--;
    end = token.lastIndex;
  }
  return { open, members };
}

function splice(text: string, start: number, end: number, part: string): string {
  return text.slice(0, start) + part + text.slice(end);
}
