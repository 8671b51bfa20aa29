import type { EdgeProvider, OriginProvider } from '../../src/provider/contract.ts';
import { parseOptions } from '../../src/provider/define.ts';
import { createLocalEdge } from './edge.ts';
import { resolveLayout, resolveLocation } from './layout.ts';
import { type LocalOptions, optionsSchema } from './options.ts';
import { createLocalOrigin } from './origin.ts';
import { createStore } from './store.ts';

export { optionsSchema };

/** A folder; see docs/providers/local.md. */
export const localOrigin: OriginProvider<LocalOptions> = {
  kind: 'origin',
  id: 'local',
  packages: [],
  parse: (raw, path) => parseOptions(optionsSchema, raw, path),
  locate: resolveLocation,
  embeddedEdge: 'local',
  async open(options, context) {
    const layout = resolveLayout(options, context.directory);
    return createLocalOrigin(layout, context.concurrency ?? options.concurrency);
  },
};

/** The embedded edge of `waybill serve` over the same folder; it takes the origin's options. */
export const localEdge: EdgeProvider<LocalOptions> = {
  kind: 'edge',
  id: 'local',
  packages: [],
  parse: (raw, path) => parseOptions(optionsSchema, raw, path),
  async open(options, context) {
    const layout = resolveLayout(options, context.directory);
    return [createLocalEdge(layout, createStore(layout).mutex)];
  },
};
