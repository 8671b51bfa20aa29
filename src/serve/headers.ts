import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { Headers } from '../model.ts';

/** Of the connection or made anew for each answer; a stored one would be wrong. */
const notStored = new Set([
  'age',
  'accept-ranges',
  'connection',
  'content-length',
  'content-range',
  'date',
  'etag',
  'keep-alive',
  'last-modified',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-cache',
]);

/** Fonts and module scripts are loaded by pages of another origin only with these; a stored header of the same name wins. */
export const crossOrigin: Headers = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': '*',
  'cross-origin-resource-policy': 'cross-origin',
  'timing-allow-origin': '*',
};

/** A file that somebody put there by hand has no stored type. */
const unknownType = { 'content-type': 'application/octet-stream' };

/** The headers of an object as they go out, without those that depend on the request. */
export function toResponseHeaders(stored: Headers): Record<string, string> {
  const headers: Record<string, string> = { ...crossOrigin, ...unknownType };
  for (const [name, value] of Object.entries(stored)) {
    const known = name.toLowerCase();
    if (notStored.has(known)) continue;
    // Beyond Latin-1 the bytes of UTF-8 are sent, as object stores do.
    const sent = /[^\0-\xff]/.test(value) ? Buffer.from(value).toString('latin1') : value;
    if (isValid(known, sent)) headers[known] = sent;
  }
  return headers;
}

/** Adds a field name to `vary`. */
export function addVary(headers: Record<string, string>, name: string): void {
  const names = (headers.vary ?? '').split(',').map((text) => text.trim().toLowerCase());
  if (names.includes('*') || names.includes(name)) return;
  headers.vary = headers.vary ? `${headers.vary}, ${name}` : name;
}

/** Somebody may have edited what is stored; one bad header shall not cost the whole answer. */
function isValid(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
