import type { InvalidationRequest } from '../../src/provider/contract.ts';
import { sortItems } from '../../src/provider/items.ts';
import { mostPrefixSeparators, type PlanLimits } from './limits.ts';

/** The body of one request: exactly one of these fields, as the API wants it. */
export type Body =
  | { readonly files: readonly string[] }
  | { readonly prefixes: readonly string[] }
  | { readonly tags: readonly string[] }
  | { readonly hosts: readonly string[] }
  | { readonly purge_everything: true };

/** Cuts a request into bodies that one call each may carry, every item once. */
export function splitIntoBatches({ url, items }: InvalidationRequest, limits: PlanLimits): readonly Body[] {
  const { paths, prefixes, tags, everything } = sortItems(items);
  // Nothing is left of the zone's copies then, so the rest has nothing to name.
  if (everything) return [{ purge_everything: true }];
  const { origin, host } = new URL(url);
  const below = new Set(prefixes.filter((prefix) => prefix !== '/').map((prefix) => toPrefix(host + prefix)));
  const others = limits.othersPerRequest;
  return [
    ...split(paths, limits.urlsPerRequest).map((some) => ({ files: some.map((path) => origin + path) })),
    ...split([...below], others).map((some) => ({ prefixes: some })),
    ...split(tags, others).map((some) => ({ tags: some })),
    // All of this host; the zone may hold others, whose copies are good.
    ...(prefixes.includes('/') ? [{ hosts: [host] }] : []),
  ];
}

/** A prefix that is deeper than Cloudflare takes becomes the deepest one above it that it does take. */
function toPrefix(prefix: string): string {
  const parts = prefix.split('/');
  if (parts.length - 1 <= mostPrefixSeparators) return prefix;
  return `${parts.slice(0, mostPrefixSeparators).join('/')}/`;
}

function split(items: readonly string[], most: number): string[][] {
  const count = Math.ceil(items.length / most);
  return Array.from({ length: count }, (_, i) => items.slice(i * most, (i + 1) * most));
}

/** What a body names, for messages and for the rate. */
export function itemsOf(body: Body): readonly string[] {
  if ('purge_everything' in body) return ['everything'];
  return Object.values(body).flat();
}
