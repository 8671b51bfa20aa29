/**
 * Pieces of Python regular expressions in JavaScript. The two differ in what `.`, `^`, `$` and `\s` match and in which letters count
 * as equal when case is ignored, so Django's patterns are spelled out with these pieces and never get a flag but `g`.
 */

/** What Python's `\s` matches in text, for use inside brackets; unlike JavaScript's it has U+001C to U+001F, and no U+FEFF. */
export const spaces = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
/** `\s`. */
export const space = `[${spaces}]`;
/** `.` without DOTALL: only a line feed ends a line. */
export const any = '[^\\n]';
/** `^` and `$` with MULTILINE. */
export const lineStart = '(?<![^\\n])';
export const lineEnd = '(?![^\\n])';
/** `\w`; the pattern needs the flag `u`. */
export const wordCharacter = '[\\p{L}\\p{N}_]';

/** A word with IGNORECASE. Python also takes the dotless and the dotted I for an i, and the long s for an s. */
export function word(text: string): string {
  return [...text].map(anyCase).join('');
}

function anyCase(letter: string): string {
  if (letter === 'i') return '[iI\\u0130\\u0131]';
  if (letter === 's') return '[sS\\u017f]';
  return `[${letter}${letter.toUpperCase()}]`;
}
