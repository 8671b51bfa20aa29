import type { EdgeTraits } from '../../src/provider/contract.ts';
import { limitsByPlan } from './limits.ts';
import type { CloudflareOptions } from './options.ts';

/** Seconds that the URLs of one run may take at the rate of the plan. */
const worthSeconds = 10;

/** What the planner must know of a zone. Purging costs nothing; the plan of the zone sets how much one run can name. */
export function makeTraits({
  plan = 'free',
  cacheTags = false,
  queryStrings = 'ignored',
}: CloudflareOptions): EdgeTraits {
  const { urls, requests, othersPerRequest } = limitsByPlan[plan];
  // Half a full bucket: a run invalidates twice, after the mutable and after the entry files.
  const others = Math.floor(requests.burst / 2) * othersPerRequest;
  return {
    scopes: ['paths', 'prefixes', ...(cacheTags ? (['tags'] as const) : []), 'everything'],
    encoding: 'uri',
    maxPaths: urls.perSecond * worthSeconds,
    maxPrefixes: others,
    maxTags: others,
    // A prefix is a folder or a whole path. https://developers.cloudflare.com/cache/how-to/purge-cache/purge_by_prefix/
    prefixEnd: 'segment',
    queryStrings,
    ...(cacheTags ? { tagging: { header: 'cache-tag', separator: ',' } } : {}),
    price: { perItemUsd: 0, freePerMonth: 0 },
  };
}
