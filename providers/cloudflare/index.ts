import type { EdgeProvider } from '../../src/provider/contract.ts';
import { parseOptions } from '../../src/provider/define.ts';
import { readToken } from '../../src/provider/token.ts';
import { openApi } from './api.ts';
import { createCloudflareEdge } from './edge.ts';
import { tokenVariable } from './errors.ts';
import { type CloudflareOptions, optionsSchema } from './options.ts';
import { makePolicy } from './policy.ts';

/** Cloudflare's cache in front of a zone; see docs/providers/cloudflare.md. */
export const cloudflareEdge: EdgeProvider<CloudflareOptions> = {
  kind: 'edge',
  id: 'cloudflare',
  packages: ['cloudflare'],
  parse: (raw, path) => parseOptions(optionsSchema, raw, path),
  policy: makePolicy,
  async open(options, { env }) {
    const token = readToken(env, tokenVariable);
    const api = token !== undefined ? await openApi(options, token) : undefined;
    return [createCloudflareEdge(api, options)];
  },
};
