import type { EdgeProvider } from '../../src/provider/contract.ts';
import { parseOptions } from '../../src/provider/define.ts';
import { readToken } from '../../src/provider/token.ts';
import { createFastlyEdge } from './edge.ts';
import { tokenVariable } from './errors.ts';
import { type FastlyOptions, optionsSchema } from './options.ts';
import { makePolicy } from './policy.ts';

/** Fastly's cache in front of a service; see docs/providers/fastly.md. */
export const fastlyEdge: EdgeProvider<FastlyOptions> = {
  kind: 'edge',
  id: 'fastly',
  packages: [],
  parse: (raw, path) => parseOptions(optionsSchema, raw, path),
  policy: makePolicy,
  open: async (options, { env }) => [createFastlyEdge({ ...options, token: readToken(env, tokenVariable) })],
};
