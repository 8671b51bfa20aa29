import type { InvalidationRequest } from '../../src/provider/contract.ts';
import { sortItems } from '../../src/provider/items.ts';

/** Most surrogate keys in one request. https://www.fastly.com/documentation/reference/api/purging/ */
export const keysPerRequest = 256;

/** One request of Fastly's purging API, all of which are POST. */
export type PurgeCall =
  | { readonly kind: 'url'; readonly host: string; readonly path: string }
  | { readonly kind: 'keys'; readonly keys: readonly string[] }
  | { readonly kind: 'all' };

/** The calls of one invalidation, each item once. Fastly has no prefixes: one that is owed from elsewhere costs everything. */
export function toCalls({ url, items }: InvalidationRequest): readonly PurgeCall[] {
  const { paths, prefixes, tags, everything } = sortItems(items);
  if (everything || prefixes.length > 0) return [{ kind: 'all' }];
  const { host } = new URL(url);
  const batches = Array.from({ length: Math.ceil(tags.length / keysPerRequest) }, (_, i) =>
    tags.slice(i * keysPerRequest, (i + 1) * keysPerRequest),
  );
  return [
    ...batches.map((keys): PurgeCall => ({ kind: 'keys', keys })),
    ...paths.map((path): PurgeCall => ({ kind: 'url', host, path })),
  ];
}

/** The path and the headers of a call, beside the token's. Everything cannot be purged softly: Fastly always deletes it. */
export function toRequest(
  call: PurgeCall,
  { serviceId, soft }: { readonly serviceId: string; readonly soft: boolean },
): { readonly path: string; readonly headers: Readonly<Record<string, string>> } {
  const softly: Readonly<Record<string, string>> = soft ? { 'fastly-soft-purge': '1' } : {};
  switch (call.kind) {
    case 'url':
      return { path: `/purge/${call.host}${call.path}`, headers: softly };
    case 'keys':
      return { path: `/service/${serviceId}/purge`, headers: { ...softly, 'surrogate-key': call.keys.join(' ') } };
    case 'all':
      return { path: `/service/${serviceId}/purge_all`, headers: {} };
  }
}

/** What the token must be allowed for a call. https://www.fastly.com/documentation/reference/api/auth-tokens/ */
export function scopeOf(call: PurgeCall): 'purge_select' | 'purge_all' {
  return call.kind === 'all' ? 'purge_all' : 'purge_select';
}

export function nameCall(call: PurgeCall): string {
  if (call.kind === 'url') return call.path;
  if (call.kind === 'all') return 'everything';
  return call.keys.length === 1 ? `the key ${call.keys[0]}` : `${call.keys.length} surrogate keys`;
}
