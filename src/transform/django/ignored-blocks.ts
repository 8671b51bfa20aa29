import type { Syntax } from './patterns.ts';

export interface Block {
  readonly start: number;
  readonly end: number;
}

/**
 * Comments, strings and escapes as Django 6.1 sees them, in order: no regular expression literals, no `${}` inside templates.
 * Written as a scanner since a regular expression would need a stack entry for each character of a long string.
 */
export function* listIgnoredBlocks(text: string, syntax: Syntax): Generator<Block> {
  const lastCommentEnd = text.lastIndexOf('*/');
  const openings = syntax === 'css' ? /\/\*|[\\'"]/g : /\/[*/]|[\\'"`]/g;
  for (let match = openings.exec(text); match !== null; match = openings.exec(text)) {
    const start = match.index;
    const end = endOf(text, start, match[0], lastCommentEnd);
    // An opening without its end is passed over, like any other character.
    openings.lastIndex = end ?? start + 1;
    if (end !== undefined) yield { start, end };
  }
}

function endOf(text: string, start: number, opening: string, lastCommentEnd: number): number | undefined {
  switch (opening) {
    case '/*':
      return start + 2 > lastCommentEnd ? undefined : text.indexOf('*/', start + 2) + 2;
    case '//': {
      const end = text.indexOf('\n', start);
      return end === -1 ? text.length : end;
    }
    case '\\': {
      const escaped = text.codePointAt(start + 1);
      return escaped === undefined ? undefined : start + (escaped > 0xffff ? 3 : 2);
    }
    case '`':
      return endOfString(text, start, /[`\\]/g);
    default:
      return endOfString(text, start, opening === '"' ? /["\\\n]/g : /['\\\n]/g);
  }
}

/** `stops` finds the closing quote, a backslash (which takes the next character with it), and what may not stand in the string. */
function endOfString(text: string, start: number, stops: RegExp): number | undefined {
  stops.lastIndex = start + 1;
  for (let stop = stops.exec(text); stop !== null; stop = stops.exec(text)) {
    if (stop[0] === '\n') return undefined;
    if (stop[0] !== '\\') return stop.index + 1;
    stops.lastIndex = stop.index + 2;
  }
  return undefined;
}
