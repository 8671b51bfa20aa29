import type { Headers } from '../model.ts';

/** What a shared cache may do with an answer. */
export interface Freshness {
  readonly store: boolean;
  /** How long it may be sent without asking the origin, in milliseconds. */
  readonly freshMs: number;
}

/**
 * The rules of RFC 9111 for a shared cache: `s-maxage` before `max-age` before `Expires`. Without any of them an object is kept, but asked
 * for each time.
 */
export function resolveFreshness(headers: Headers, now: number): Freshness {
  const directives = parseDirectives(headers['cache-control'] ?? '');
  if (directives.has('no-store') || directives.has('private')) return { store: false, freshMs: 0 };
  if (directives.has('no-cache')) return { store: true, freshMs: 0 };
  const seconds = parseSeconds(directives.get('s-maxage')) ?? parseSeconds(directives.get('max-age'));
  if (seconds !== undefined) return { store: true, freshMs: seconds * 1000 };
  const expires = headers.expires === undefined ? Number.NaN : Date.parse(headers.expires);
  return { store: true, freshMs: Number.isNaN(expires) ? 0 : Math.max(0, expires - now) };
}

function parseDirectives(text: string): Map<string, string> {
  const directives = new Map<string, string>();
  for (const part of text.split(',')) {
    const [name = '', value = ''] = part.split('=', 2);
    const known = name.trim().toLowerCase();
    // The first of two counts.
    if (known !== '' && !directives.has(known)) directives.set(known, value.trim().replace(/^"(.*)"$/, '$1'));
  }
  return directives;
}

/** A value that is no number counts as 0: rather ask too often. */
function parseSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return /^\d+$/.test(text) ? Number(text) : 0;
}
