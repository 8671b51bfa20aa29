import type { Sent } from '../../src/provider/exchange.ts';
import type { HttpOptions } from './options.ts';

/** Bytes of keys in one header: caches take some 8 KB for a line. */
const mostTagBytes = 4_000;

export type Manner = Pick<HttpOptions, 'method' | 'pathPrefix' | 'prefixes' | 'banMethod' | 'banHeader' | 'tagHeader'>;

/** The request that makes a cache forget one item: a URL path, or all below one that ends in `*`. */
export function toRequest(item: string, manner: Manner): Sent {
  const { method = 'PURGE', pathPrefix = '', prefixes, banMethod = 'BAN', banHeader = 'X-Ban' } = manner;
  if (item.endsWith('*') && prefixes === 'ban-header') {
    const below = item.slice(0, -1);
    return { method: banMethod, path: below, headers: { [banHeader]: `^${escapePattern(below)}` } };
  }
  return { method, path: pathPrefix + item, headers: {} };
}

/** Requests that make a cache forget all objects with any of these keys. */
export function toTagRequests(tags: readonly string[], { method = 'PURGE', tagHeader = '' }: Manner): Sent[] {
  const lines: string[] = [];
  for (const tag of new Set(tags)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + tag.length >= mostTagBytes) lines.push(tag);
    else lines[lines.length - 1] = `${last} ${tag}`;
  }
  return lines.map((line) => ({ method, path: '/', headers: { [tagHeader]: line } }));
}

/** As Varnish and others read a pattern (PCRE); an item has no white space, so it needs no quotes. */
function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
