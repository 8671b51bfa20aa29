import type { Edge, EdgeTraits } from '../../src/provider/contract.ts';
import { openExchange, type Sent } from '../../src/provider/exchange.ts';
import { createParts } from '../../src/provider/parts.ts';
import { isAccepted, missingVariables, toProviderError } from './errors.ts';
import { type Manner, toRequests } from './requests.ts';

const atOnce = 8;

export interface EdgeOptions {
  readonly name: string;
  /** Base URL of one cache. */
  readonly endpoint: string;
  readonly manner: Manner;
  /** Sent with every request, secrets among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Variables that headers are to come from, and that are not set. */
  readonly unset: readonly string[];
}

/** One cache that is told over HTTP, request by request, what to forget. */
export function createHttpEdge({ name, endpoint, manner, headers, unset }: EdgeOptions): Edge {
  const exchange = openExchange({ who: 'The cache', endpoint });
  const sendParts = createParts<Sent>(atOnce);

  function ready(): void {
    if (unset.length > 0) throw missingVariables(unset);
  }

  return {
    name,
    traits: makeTraits(manner),
    ready,
    async invalidate({ url, items, nonce }, call) {
      call.signal.throwIfAborted();
      ready();
      const { host } = new URL(url);
      const requests = toRequests(items, manner);
      await sendParts(nonce, requests, async (request) => {
        // The cache knows objects by the public host, whatever address it is called at.
        const sent = { ...request, headers: { host, ...headers, ...request.headers } };
        const answer = await exchange.send(sent, call.signal);
        if (!isAccepted(answer)) throw toProviderError(answer, request, endpoint);
        return request.path;
      });
      return { id: nonce };
    },
    close: async () => exchange.close(),
  };
}

function makeTraits({ prefixes = 'none', tagHeader, queryStrings = 'ignored' }: Manner): EdgeTraits {
  return {
    scopes: [
      'paths',
      ...(prefixes === 'none' ? [] : (['prefixes', 'everything'] as const)),
      ...(tagHeader === undefined ? [] : (['tags'] as const)),
    ],
    encoding: 'uri',
    maxPaths: 10_000,
    // Every object is held against every ban once.
    maxPrefixes: 100,
    queryStrings,
    ...(tagHeader === undefined ? {} : { tagging: { header: 'surrogate-key', separator: ' ' } }),
    price: { perItemUsd: 0, freePerMonth: 0 },
  };
}
