import { expectTypeOf, test } from 'vitest';
import { defineConfig, type WrittenConfig, type WrittenOutput } from '../../../src/config/types.ts';
import type { EdgeProvider, OriginProvider } from '../../../src/provider/contract.ts';
import { defineProvider } from '../../../src/provider/define-provider.ts';

const url = 'http://127.0.0.1:4100/';
const sources: WrittenConfig['sources'] = [{ kind: 'directory', path: 'dist' }];
const origin = { use: 'local', directory: '.cdn' };

const mine = defineProvider({
  kind: 'origin',
  id: 'mine',
  packages: [],
  embeddedEdge: 'local',
  parse: (raw: unknown) => ({ folder: String(raw) }),
  locate: (options) => ({ store: options.folder, prefix: '' }),
  open: (options) => Promise.reject(new Error(options.folder)),
});

const own = defineProvider({
  kind: 'edge',
  id: 'own',
  packages: [],
  parse: (raw: unknown): { zone: string } => ({ zone: String(raw) }),
  open: async (options) => (options.zone === '' ? [] : []),
});

test('defineConfig takes providers of one’s own and refuses mistakes', () => {
  // What tsc accepts and refuses is the test; a directive without an error below it is an error itself.
  defineConfig({
    sources,
    environments: { dev: { origin: { use: mine, folder: 'x' }, edge: [{ use: own, zone: 'z' }], url } },
  });
  // @ts-expect-error: unknown key.
  defineConfig({ sources, environments: {}, ignores: [] });
  // @ts-expect-error: no sources.
  defineConfig({ environments: {} });
  // @ts-expect-error: an origin without `use`.
  defineConfig({ sources, environments: { dev: { origin: { bucket: 'x' }, url } } });
  expectTypeOf<{ kind: 'dotenv'; path: string }>().toExtend<WrittenOutput>();
  expectTypeOf<{ kind: 'dotenv' }>().not.toExtend<WrittenOutput>();
});

test('defineConfig gives the configuration back', () => {
  expectTypeOf(defineConfig).returns.toEqualTypeOf<WrittenConfig>();
  expectTypeOf(defineConfig({ sources, environments: { dev: { origin, url } } })).toEqualTypeOf<WrittenConfig>();
});

test('defineProvider keeps literals and fits the contract', () => {
  expectTypeOf(mine.id).toEqualTypeOf<'mine'>();
  expectTypeOf(mine).toExtend<OriginProvider>();
  expectTypeOf(own.kind).toEqualTypeOf<'edge'>();
  expectTypeOf(own).toExtend<EdgeProvider>();
});
