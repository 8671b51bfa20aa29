import type { Edge } from '../../src/provider/contract.ts';
import { toProviderError } from './errors.ts';
import { InvalidationLog } from './invalidations.ts';
import type { Layout } from './layout.ts';
import type { Store } from './store.ts';

/** The cache of `waybill serve`. It takes an invalidation whether or not it is running, and obeys before its next answer. */
export function createLocalEdge(layout: Layout, mutex: Store['mutex']): Edge {
  const log = new InvalidationLog(layout);
  return {
    name: 'local',
    traits: {
      scopes: ['paths', 'prefixes', 'everything'],
      encoding: 'uri',
      maxPaths: 10_000,
      price: { perItemUsd: 0, freePerMonth: 0 },
    },
    async invalidate({ items, nonce }, call) {
      call.signal.throwIfAborted();
      const invalidation = { id: nonce, items: [...new Set(items)], at: new Date().toISOString() };
      try {
        if (items.length > 0) await mutex.run(() => log.append(invalidation), call.signal);
      } catch (error) {
        throw toProviderError(error, `write ${layout.invalidations}`);
      }
      return { id: nonce };
    },
  };
}
