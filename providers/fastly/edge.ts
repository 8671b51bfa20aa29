import type { Edge } from '../../src/provider/contract.ts';
import { type Exchange, openExchange } from '../../src/provider/exchange.ts';
import { createParts } from '../../src/provider/parts.ts';
import { type PurgeCall, toRequest } from './calls.ts';
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
    traits: {
      scopes: ['paths', 'everything'],
      encoding: 'uri',
      maxPaths: 1_000,
      price: { perItemUsd: 0, freePerMonth: 0 },
    },
    ready: () => void requireToken(),
    async invalidate({ url, items, nonce }, call) {
      call.signal.throwIfAborted();
      const { host } = new URL(url);
      const calls = [...new Set(items)].map(
        (item): PurgeCall => (item.endsWith('*') ? { kind: 'all' } : { kind: 'url', host, path: item }),
      );
      const ids = await sendParts(nonce, calls, (one) => purge(one, call.signal));
      return { id: ids.length > 1 ? `${ids[0]} and ${ids.length - 1} more` : (ids[0] ?? '') };
    },
    close: async () => exchange.close(),
  };
}

/** One purge has an id; a batch of keys has one for each key. */
function readId(text: string): string {
  try {
    const answer = Object(JSON.parse(text)) as Readonly<Record<string, unknown>>;
    return String(answer.id ?? Object.values(answer)[0] ?? 'purged');
  } catch {
    return 'purged';
  }
}
