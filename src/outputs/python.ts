import { WaybillError } from '../errors/errors.ts';
import { appendLine } from './lines.ts';

/**
 * Sets one module-level variable of a Python text to a string and leaves every other byte as it is; annotations, quotes and comments
 * stay. Throws OUTPUT_FAILED where the module computes the variable: only plain strings are replaced.
 */
export function renderPython(existing: string, name: string, value: string): string {
  const head = new RegExp(`${name}[ \\t]*(?::[^=\\r\\n]*)?=(?!=)[ \\t]*`, 'y');
  const starts = findStatements(existing).filter((start) => {
    head.lastIndex = start;
    return head.test(existing);
  });
  if (starts.length === 0) return appendLine(existing, `${name} = ${quoteString(value, '"')}`);
  let text = existing;
  for (const start of starts.toReversed()) {
    head.lastIndex = start;
    head.test(existing);
    const valueStart = head.lastIndex;
    plainString.lastIndex = valueStart;
    const found = plainString.exec(existing);
    if (found === null) {
      const line = existing.slice(0, start).split('\n').length;
      throw new WaybillError(
        'OUTPUT_FAILED',
        `line ${line} computes ${name}, and only a plain string can be replaced`,
        {
          hint: `Let Waybill write a module of its own and import ${name} from it.`,
        },
      );
    }
    const quote = found[1] === undefined ? "'" : '"';
    text = text.slice(0, valueStart) + quoteString(value, quote) + text.slice(valueStart + (found[0]?.length ?? 0));
  }
  return text;
}

/** A string on one line with nothing but a comment behind it; the first group tells double quotes. */
const plainString =
  /[rRuU]?(?:("(?!"")(?:[^"\\\r\n]|\\.)*")|'(?!'')(?:[^'\\\r\n]|\\.)*')(?=[ \t]*(?:#[^\r\n]*)?(?:\r?\n|$))/y;

/** Strings, comments and brackets: what can hide the start of a line. */
const token =
  /"""(?:[^\\]|\\[\s\S])*?"""|'''(?:[^\\]|\\[\s\S])*?'''|"(?:[^"\\\r\n]|\\[\s\S])*"|'(?:[^'\\\r\n]|\\[\s\S])*'|#[^\n]*|[([{]|[)\]}]|\\\r?\n|\n/g;

/** Where unindented logical lines start: not inside strings, brackets or continued lines. */
function findStatements(text: string): readonly number[] {
  const starts = [text.startsWith('\uFEFF') ? 1 : 0];
  let depth = 0;
  for (const { 0: word, index } of text.matchAll(token)) {
    if (/^[([{]/.test(word)) depth++;
    else if (/^[)\]}]/.test(word)) depth = Math.max(0, depth - 1);
    else if (word === '\n' && depth === 0) starts.push(index + 1);
  }
  return starts;
}

/** ASCII only, so that it is right under every source encoding. */
function quoteString(value: string, quote: '"' | "'"): string {
  const body = Array.from(value, (char) => {
    const code = char.codePointAt(0) ?? 0;
    if (char === quote || char === '\\') return `\\${char}`;
    if (code >= 0x20 && code < 0x7f) return char;
    if (code > 0xffff) return `\\U${code.toString(16).padStart(8, '0')}`;
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return quote + body.join('') + quote;
}
