import type { Edge, EdgeTraits } from '../../src/provider/contract.ts';
import { type Exchange, openExchange } from '../../src/provider/exchange.ts';
import { createParts } from '../../src/provider/parts.ts';
import { type PurgeCall, toCalls, toRequest } from './calls.ts';
import { missingToken, throttled, toProviderError, waitForRefill } from './errors.ts';
import type { FastlyOptions } from './options.ts';

const defaultEndpoint = 'https://api.fastly.com';
/** Single URLs go one by one, and some side by side. */
const atOnce = 8;

export interface EdgeOptions extends FastlyOptions {
  readonly token: string | undefined;
}

/** One service as an edge. */
export function createFastlyEdge(options: EdgeOptions): Edge {
  const { serviceId, soft = false, endpoint = defaultEndpoint, token } = options;
  const exchange: Exchange = openExchange({ who: 'Fastly', endpoint });
  const sendParts = createParts<PurgeCall>(atOnce);
  /** Milliseconds since 1970 before which the token may not be used. */
  let emptyUntil = 0;

  function requireToken(): string {
    if (token === undefined) throw missingToken();
    return token;
  }

  async function purge(call: PurgeCall, signal: AbortSignal): Promise<string> {
    const key = requireToken();
    if (Date.now() < emptyUntil) throw throttled(emptyUntil - Date.now());
    const { path, headers } = toRequest(call, { serviceId, soft });
    const sent = { method: 'POST', path, headers: { ...headers, 'fastly-key': key, accept: 'application/json' } };
    const answer = await exchange.send(sent, signal);
    const waitMs = waitForRefill(answer, Date.now());
    if (waitMs !== undefined) emptyUntil = Date.now() + waitMs;
    if (answer.status !== 200) throw toProviderError(answer, { call, serviceId, endpoint }, Date.now());
    return readId(answer.text);
  }

  return {
    name: 'fastly',
    traits: makeTraits(options),
    ready: () => void requireToken(),
    async invalidate(request, call) {
      call.signal.throwIfAborted();
      const ids = await sendParts(request.nonce, toCalls(request), (one) => purge(one, call.signal));
      return { id: ids.length > 1 ? `${ids[0]} and ${ids.length - 1} more` : (ids[0] ?? '') };
    },
    close: async () => exchange.close(),
  };
}

function makeTraits({ surrogateKeys = false, queryStrings = 'ignored' }: FastlyOptions): EdgeTraits {
  return {
    scopes: ['paths', ...(surrogateKeys ? (['tags'] as const) : []), 'everything'],
    encoding: 'uri',
    // A URL is a request of its own, of some 50 ms.
    maxPaths: 10_000,
    queryStrings,
    ...(surrogateKeys ? { tagging: { header: 'surrogate-key', separator: ' ' } } : {}),
    price: { perItemUsd: 0, freePerMonth: 0 },
  };
}

/** One purge has an id, a batch of keys has one for each key, and a purge of everything has none. */
function readId(text: string): string {
  try {
    const { status: _, ...rest } = Object(JSON.parse(text)) as Readonly<Record<string, unknown>>;
    return String(rest.id ?? Object.values(rest)[0] ?? 'purged');
  } catch {
    return 'purged';
  }
}
