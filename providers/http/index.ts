import type { EdgeProvider } from '../../src/provider/contract.ts';
import { parseOptions } from '../../src/provider/define.ts';
import { readHeader } from '../../src/provider/token.ts';
import { createHttpEdge } from './edge.ts';
import { type HttpOptions, optionsSchema } from './options.ts';

/** Varnish, nginx and other caches that take PURGE, BAN or surrogate keys; see docs/providers/http.md. */
export const httpEdge: EdgeProvider<HttpOptions> = {
  kind: 'edge',
  id: 'http',
  packages: [],
  parse: (raw, path) => parseOptions(optionsSchema, raw, path),
  async open(options, { env }) {
    const { endpoint, headers = {}, headersFrom = [], ...manner } = options;
    const taken = headersFrom.map(({ header, variable }) => ({
      header,
      variable,
      value: readHeader(env, variable) ?? '',
    }));
    const unset = taken.filter(({ value }) => value === '').map(({ variable }) => variable);
    const secret = Object.fromEntries(taken.map(({ header, value }) => [header, value]));
    return [endpoint].flat().map((one) =>
      createHttpEdge({
        name: Array.isArray(endpoint) ? `http:${new URL(one).host}` : 'http',
        endpoint: one.replace(/\/$/, ''),
        manner,
        headers: { ...headers, ...secret },
        unset,
      }),
    );
  },
};
