/** One `NAME=value` of a dotenv text, by its place. */
export interface Assignment {
  readonly name: string;
  /** Behind `=` and blanks; the quote, if there is one, is the first character. */
  readonly start: number;
  /** Behind the closing quote or the last character; a comment that follows is not part of it. */
  readonly end: number;
  readonly quote: Quote | undefined;
}

export type Quote = '"' | "'" | '`';

export interface Scan {
  readonly assignments: readonly Assignment[];
  /** Quotes that open somewhere and never close: one more of them below would end that value. */
  readonly dangling: ReadonlySet<Quote>;
}

// Blanks include the byte order mark, which may stand before the first name.
const assignmentHead = /[^\S\r\n]*(?:export[^\S\r\n]+)?([\w.-]+)[^\S\r\n]*=[^\S\r\n]*/y;

/**
 * Finds the assignments of a dotenv text as its readers (Node, npm dotenv, python-dotenv, docker compose) do: quoted values may span
 * lines, so what looks like an assignment inside one is none. Lines that nobody understands are passed over.
 */
export function scanDotenv(text: string): Scan {
  const assignments: Assignment[] = [];
  const dangling = new Set<Quote>();
  let at = 0;
  while (at < text.length) {
    assignmentHead.lastIndex = at;
    const name = assignmentHead.exec(text)?.[1];
    if (name === undefined) {
      at = endOfLine(text, at) + 1;
      continue;
    }
    const start = assignmentHead.lastIndex;
    const { quote, end, next } = readValue(text, start, dangling);
    assignments.push({ name, start, end, quote });
    at = next;
  }
  return { assignments, dangling };
}

interface Value {
  readonly quote: Quote | undefined;
  readonly end: number;
  /** Where the next line starts. */
  readonly next: number;
}

function readValue(text: string, start: number, dangling: Set<Quote>): Value {
  const first = text[start];
  if (first === '"' || first === "'" || first === '`') {
    const close = findClosing(text, start + 1, first);
    if (close === -1) {
      dangling.add(first);
    } else {
      const lineEnd = endOfLine(text, close);
      const isClean = /^\s*(?:#[^\n]*)?$/.test(text.slice(close + 1, lineEnd));
      return {
        quote: isClean ? first : undefined,
        end: isClean ? close + 1 : trimEnd(text, lineEnd),
        next: lineEnd + 1,
      };
    }
  }
  const lineEnd = endOfLine(text, start);
  const comment = text.slice(start, lineEnd).search(/(?:^|\s)\s*#/);
  const end = comment === -1 ? lineEnd : start + comment;
  return { quote: undefined, end: Math.max(start, trimEnd(text, end)), next: lineEnd + 1 };
}

/** Most readers let a backslash escape a quote. Node does not; both agree unless such a value spans lines. */
function findClosing(text: string, from: number, quote: Quote): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === quote) return i;
  }
  return -1;
}

function endOfLine(text: string, from: number): number {
  const found = text.indexOf('\n', from);
  return found === -1 ? text.length : found;
}

function trimEnd(text: string, end: number): number {
  let at = end;
  while (at > 0 && /[^\S\n]/.test(text[at - 1] ?? '')) at--;
  return at;
}
