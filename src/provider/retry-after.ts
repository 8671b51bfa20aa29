/**
 * The header `Retry-After` in milliseconds: seconds, or a date, which counts from the answer's own `Date` so that this machine's clock does not
 * matter. `undefined` for none and for anything else. https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 */
export function parseRetryAfter(value: string | undefined, date?: string): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  // Date.parse takes more than dates for one; all forms of HTTP's begin with a weekday.
  if (!/^[A-Z][a-z]{2}/.test(text)) return undefined;
  const waitMs = Date.parse(text) - (Date.parse(date ?? '') || Date.now());
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}
