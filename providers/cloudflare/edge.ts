import type { Edge } from '../../src/provider/contract.ts';
import { createParts } from '../../src/provider/parts.ts';
import type { CloudflareApi } from './api.ts';
import { type Body, itemsOf, splitIntoBatches } from './batches.ts';
import { missingToken, toProviderError } from './errors.ts';
import { limitsByPlan } from './limits.ts';
import type { CloudflareOptions } from './options.ts';
import { createBucket, type Pacing, realPacing } from './pace.ts';
import { makeTraits } from './traits.ts';

export interface EdgeOptions extends CloudflareOptions {
  readonly pacing?: Pacing;
}

/** One zone as an edge. `api` is absent where there is no token: nothing but an invalidation needs one. */
export function createCloudflareEdge(api: CloudflareApi | undefined, options: EdgeOptions): Edge {
  const { zoneId, plan = 'free', pacing = realPacing } = options;
  const limits = limitsByPlan[plan];
  const takeUrls = createBucket(limits.urls, pacing);
  const takeRequest = createBucket(limits.requests, pacing);
  const sendParts = createParts<Body>(1);

  function requireApi(): CloudflareApi {
    if (api === undefined) throw missingToken();
    return api;
  }

  return {
    name: 'cloudflare',
    traits: makeTraits(options),
    ready: () => void requireApi(),
    async invalidate(request, call) {
      call.signal.throwIfAborted();
      const ids = await sendParts(request.nonce, splitIntoBatches(request, limits), async (body) => {
        const { send, endpoint } = requireApi();
        const items = itemsOf(body);
        await ('files' in body ? takeUrls(items.length, call) : takeRequest(1, call));
        try {
          return await send(body, call.signal);
        } catch (error) {
          call.signal.throwIfAborted();
          throw toProviderError(error, { zoneId, endpoint, items });
        }
      });
      return { id: ids.join(' ') };
    },
  };
}
