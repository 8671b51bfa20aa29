import type { InvalidationRequest } from '../../src/provider/contract.ts';
import { mostPrefixSeparators, type PlanLimits } from './limits.ts';

/** The body of one request: exactly one of these fields, as the API wants it. */
export type Body =
  | { readonly files: readonly string[] }
  | { readonly prefixes: readonly string[] }
  | { readonly hosts: readonly string[] };

/** Cuts a request into bodies that one call each may carry, every item once. */
export function splitIntoBatches({ url, items }: InvalidationRequest, limits: PlanLimits): readonly Body[] {
  const { origin, host } = new URL(url);
  const files = new Set<string>();
  const prefixes = new Set<string>();
  const hosts = new Set<string>();
  for (const item of items) {
    if (!item.endsWith('*')) files.add(origin + item);
    // The zone may hold other hosts, whose copies are good.
    else if (item === '/*') hosts.add(host);
    else prefixes.add(toPrefix(host + item.slice(0, -1)));
  }
  return [
    ...split(files, limits.urlsPerRequest).map((some) => ({ files: some })),
    ...split(prefixes, limits.othersPerRequest).map((some) => ({ prefixes: some })),
    ...split(hosts, limits.othersPerRequest).map((some) => ({ hosts: some })),
  ];
}

/** A prefix that is deeper than Cloudflare takes becomes the deepest one above it that it does take. */
function toPrefix(prefix: string): string {
  const parts = prefix.split('/');
  if (parts.length - 1 <= mostPrefixSeparators) return prefix;
  return `${parts.slice(0, mostPrefixSeparators).join('/')}/`;
}

function split(items: ReadonlySet<string>, most: number): string[][] {
  const all = [...items];
  return Array.from({ length: Math.ceil(all.length / most) }, (_, i) => all.slice(i * most, (i + 1) * most));
}

/** Items of a body, for messages and for the rate. */
export function itemsOf(body: Body): readonly string[] {
  if ('files' in body) return body.files;
  return 'prefixes' in body ? body.prefixes : body.hosts;
}
