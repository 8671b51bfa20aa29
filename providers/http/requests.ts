import type { Sent } from '../../src/provider/exchange.ts';
import { sortItems } from '../../src/provider/items.ts';
import { unknownScope } from './errors.ts';
import type { HttpOptions } from './options.ts';

/** Bytes of keys in one header: caches take some 8 KB for a line. */
const mostTagBytes = 4_000;

export type Manner = Omit<HttpOptions, 'endpoint' | 'headers' | 'headersFrom'>;

/** The requests of one invalidation, each item once. Throws ProviderError `rejected` for a scope that the cache was not described to have. */
export function toRequests(items: readonly string[], manner: Manner): Sent[] {
  const { paths, prefixes, tags, everything } = sortItems(items);
  if ((everything || prefixes.length > 0) && (manner.prefixes ?? 'none') === 'none') throw unknownScope('prefixes');
  if (tags.length > 0 && manner.tagHeader === undefined) throw unknownScope('tagHeader');
  if (everything) return [toPrefixRequest('/', manner)];
  return [
    ...toTagRequests(tags, manner),
    ...prefixes.map((prefix) => toPrefixRequest(prefix, manner)),
    ...paths.map((path) => toPathRequest(path, manner)),
  ];
}

function toPathRequest(path: string, { method = 'PURGE', pathPrefix = '' }: Manner): Sent {
  return { method, path: pathPrefix + path, headers: {} };
}

function toPrefixRequest(prefix: string, manner: Manner): Sent {
  if (manner.prefixes === 'wildcard') return toPathRequest(`${prefix}*`, manner);
  const { banMethod = 'BAN', banHeader = 'X-Ban' } = manner;
  return { method: banMethod, path: prefix, headers: { [banHeader]: `^${escapePattern(prefix)}` } };
}

function toTagRequests(tags: readonly string[], { method = 'PURGE', tagHeader = '' }: Manner): Sent[] {
  const lines: string[] = [];
  for (const tag of tags) {
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
