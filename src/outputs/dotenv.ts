import { WaybillError } from '../errors/errors.ts';
import { type Quote, scanDotenv } from './dotenv-scan.ts';
import { appendLine } from './lines.ts';

/**
 * Sets one variable in a dotenv text and leaves every other byte as it is. Every assignment of the name is set: most readers take
 * the last one, django-environ the first. A quote that stands there is kept where it can hold the value. Throws OUTPUT_FAILED for a
 * value that no quoting can hold.
 */
export function renderDotenv(existing: string, name: string, value: string): string {
  const { assignments, dangling } = scanDotenv(existing);
  const ours = assignments.filter((assignment) => assignment.name === name);
  if (ours.length === 0) return appendLine(existing, `${name}=${quoteValue(value, undefined, dangling)}`);
  let text = existing;
  for (const { start, end, quote } of ours.toReversed()) {
    const literal = quoteValue(value, quote, dangling);
    // A comment right behind `=` needs a blank, or it would become part of the value.
    const gap = literal !== '' && text[end] === '#' ? ' ' : '';
    text = text.slice(0, start) + literal + gap + text.slice(end);
  }
  return text;
}

/** What a shell, too, takes as it stands. */
const plain = /^[\w./:@%+,=-]*$/;

/** What each quote can hold so that all readers, those that expand `$` and `\` included, see the same. */
const holds: readonly (readonly [Quote, RegExp])[] = [
  ['"', /^[^"\\$`\r\n]*$/],
  ["'", /^[^'\\\r\n]*$/],
  // Known to Node and npm only, hence the last.
  ['`', /^[^`\\$\r\n]*$/],
];

function quoteValue(value: string, written: Quote | undefined, dangling: ReadonlySet<Quote>): string {
  const fitting = holds
    .filter(([quote, pattern]) => pattern.test(value) && !dangling.has(quote))
    .map(([quote]) => quote);
  if (written !== undefined && fitting.includes(written)) return written + value + written;
  if (plain.test(value)) return value;
  const quote = fitting[0];
  if (quote === undefined) {
    throw new WaybillError(
      'OUTPUT_FAILED',
      'the value holds line breaks, backslashes or a mix of quotes that a dotenv file cannot hold',
    );
  }
  return quote + value + quote;
}
