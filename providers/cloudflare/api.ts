import type { Body } from './batches.ts';
import type { CloudflareOptions } from './options.ts';

/** The one operation that an edge needs. */
export interface CloudflareApi {
  /** For messages. */
  readonly endpoint: string;
  /** Resolves with what names the request at Cloudflare. Rejects with what the SDK throws, or with an envelope that says no. */
  send(body: Body, signal: AbortSignal): Promise<string>;
}

const defaultEndpoint = 'https://api.cloudflare.com/client/v4';
const timeoutMs = 60_000;

/** Loads the SDK's core and its cache resource alone, and makes a client without retries: our wrapper retries. */
export async function openApi(options: CloudflareOptions, apiToken: string): Promise<CloudflareApi> {
  const [{ createClient }, { BaseCache }] = await Promise.all([
    import('cloudflare/tree-shakable'),
    import('cloudflare/resources/cache/cache'),
  ]);
  const endpoint = options.endpoint?.replace(/\/$/, '') ?? defaultEndpoint;
  const { cache } = createClient({
    resources: [BaseCache],
    baseURL: endpoint,
    apiToken,
    // Else the SDK takes them from the process's variables, and sends both.
    apiKey: null,
    apiEmail: null,
    userServiceKey: null,
    maxRetries: 0,
    timeout: timeoutMs,
    logLevel: 'off',
  });
  return {
    endpoint,
    async send(body, callSignal) {
      // The SDK leaves a listener on the signal of each request; the call's own lives as long as the run.
      const signal = AbortSignal.any([callSignal]);
      const params = { zone_id: options.zoneId, ...body } as Parameters<typeof cache.purge>[0];
      const sent = options.soft ? cache.invalidate(params, { signal }) : cache.purge(params, { signal });
      const response = await sent.asResponse();
      const envelope = (await response.json().catch(() => ({}))) as { success?: unknown; errors?: unknown };
      // A status alone is no acceptance: proxies answer with 200, too.
      if (envelope.success !== true) {
        const { status, headers } = response;
        throw Object.assign(new Error('an answer without success'), { status, headers, errors: envelope.errors });
      }
      // The result's id is the zone's; the ray is what Cloudflare's support asks for.
      return response.headers.get('cf-ray') ?? options.zoneId;
    },
  };
}
