import { posix } from 'node:path';

/**
 * Patterns as `collectstatic` reads them: each is normalized like a path (`d/` is `d`), then matched like Python's fnmatchcase, where
 * `*` and `?` match `/` too. True where any of them matches the whole text.
 */
export function makeMatcher(patterns: readonly string[]): (text: string) => boolean {
  const compiled = [...new Set(patterns.map(normalizePattern))].map((pattern) => toRegExp(pattern));
  return (text) => compiled.some((one) => one.test(text));
}

/** Python's `os.path.normpath` on POSIX. */
function normalizePattern(pattern: string): string {
  const path = posix.normalize(pattern);
  return path.length > 1 ? path.replace(/\/$/, '') : path;
}

function toRegExp(pattern: string): RegExp {
  // By code points, as Python counts.
  const chars = [...pattern];
  let source = '';
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] ?? '';
    const end = char === '[' ? findBracket(chars, at + 1) : undefined;
    if (char === '*') source += '.*';
    else if (char === '?') source += '.';
    else if (end === undefined) source += escapeChar(char);
    else {
      source += toClass(chars.slice(at + 1, end));
      at = end;
    }
  }
  return new RegExp(`^(?:${source})$`, 'su');
}

/** The index of the `]` that closes a set; one that comes first is a member. Undefined where there is none: `[` is then itself. */
function findBracket(chars: readonly string[], start: number): number | undefined {
  const first = chars[start] === '!' ? start + 1 : start;
  const end = chars.indexOf(']', chars[first] === ']' ? first + 1 : first);
  return end === -1 ? undefined : end;
}

/** A range that runs backwards holds nothing, and a set of nothing matches nothing, or anything where it is negated. */
function toClass(set: readonly string[]): string {
  const negated = set[0] === '!';
  const members = negated ? set.slice(1) : set;
  let text = '';
  for (let at = 0; at < members.length; at++) {
    const from = members[at] ?? '';
    const to = members[at + 2];
    if (members[at + 1] !== '-' || to === undefined) {
      text += escapeChar(from);
      continue;
    }
    at += 2;
    if ((from.codePointAt(0) ?? 0) <= (to.codePointAt(0) ?? 0)) text += `${escapeChar(from)}-${escapeChar(to)}`;
  }
  if (text === '') return negated ? '.' : '(?!)';
  return `[${negated ? '^' : ''}${text}]`;
}

function escapeChar(char: string): string {
  return `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}
