import * as z from 'zod';
import type { OriginProvider } from '../../src/provider/contract.ts';
import { parseOptions } from '../../src/provider/define.ts';
import { createMemoryOrigin, type MemoryObject } from './origin.ts';

export { createMemoryOrigin, type MemoryObject, type MemoryOperation, type MemoryOrigin } from './origin.ts';

export const optionsSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .default('memory')
    .describe('Environments of one process that give the same name share a store.'),
  prefix: z.string().default('').describe('Put before every key.'),
});

export type MemoryOptions = z.output<typeof optionsSchema>;

/** Process-wide, so that whoever opens the same name sees the same objects. */
const stores = new Map<string, Map<string, MemoryObject>>();

/** Keeps objects for as long as the process lives; for tests and for trying things out. */
export const memoryOrigin: OriginProvider<MemoryOptions> = {
  kind: 'origin',
  id: 'memory',
  packages: [],
  parse: (raw, path) => parseOptions(optionsSchema, raw, path),
  locate: (options) => ({ store: `memory:${options.name}`, prefix: trimSlashes(options.prefix) }),
  async open(options, context) {
    const objects = stores.get(options.name) ?? new Map<string, MemoryObject>();
    stores.set(options.name, objects);
    const traits = context.concurrency === undefined ? {} : { concurrency: context.concurrency };
    return createMemoryOrigin({ name: `memory:${options.name}`, prefix: trimSlashes(options.prefix), objects, traits });
  },
};

function trimSlashes(prefix: string): string {
  return prefix.replace(/^\/+|\/+$/g, '');
}
