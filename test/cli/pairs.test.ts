import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aws, type Store, storeKinds } from '../servers/stores.ts';
import { type Vendor, vendorEnv, vendorKinds } from '../servers/vendors.ts';
import { makeTree, writeTree } from '../temp.ts';
import { parseJson, renderConfig, waybill } from './waybill.ts';

const stores = new Map<string, Store>();
const vendors = new Map<string, Vendor>();

beforeAll(async () => {
  // The SDK's own chain reads the process's variables.
  Object.assign(process.env, aws);
  for (const [use, kind] of Object.entries(storeKinds)) stores.set(use, await kind.start());
  for (const [use, start] of Object.entries(vendorKinds)) vendors.set(use, await start());
});

afterAll(async () => {
  await Promise.all([...stores.values(), ...vendors.values()].map((one) => one.close()));
});

const pairs = Object.keys(storeKinds).flatMap((origin) => Object.keys(vendorKinds).map((edge) => ({ origin, edge })));

/** Side by side: B2's lock waits ten seconds, since its store takes no conditional writes. */
describe.concurrent('one site deployed, changed and rolled back, with only `use` and where it is changed', () => {
  test.each(pairs)('$origin behind $edge', { timeout: 180_000 }, async ({ origin, edge }) => {
    const store = stores.get(origin) as Store;
    const vendor = vendors.get(edge) as Vendor;
    const prefix = `${origin}-${edge}`;
    const base = `/${prefix}/`;
    const folder = makeTree({
      'site/index.html': '<script src="app.js"></script>',
      'site/app.js': 'one',
      'waybill.config.json': renderConfig({
        prod: {
          origin: { use: origin, prefix, ...store.options },
          edge: vendor.edge,
          url: `https://static.shop.example${base}`,
        },
      }),
    });
    let seen = 0;
    const toldNow = () => {
      const all = vendor.told().filter((path) => path.startsWith(base));
      const fresh = all.slice(seen);
      seen = all.length;
      return fresh;
    };
    const run = async (line: string) => {
      const done = await waybill(folder, `${line} --json`, { env: { ...store.env, ...vendorEnv } });
      expect(done).toMatchObject({ code: 0 });
      return parseJson(done);
    };
    const { says } = storeKinds[origin]!;
    const body = (text: string) => (says === 'text' ? text : createHash('md5').update(text).digest('hex'));
    const stored = () => store.stored(`${prefix}/app.js`);

    expect(await run('deploy')).toMatchObject({ version: 1, uploaded: { files: 2 } });
    toldNow();
    expect(await run('deploy')).toMatchObject({ version: 1, uploaded: { files: 0 }, requests: { write: 0 } });
    expect(stored()).toBe(body('one'));
    expect(toldNow()).toEqual([]);
    writeTree(folder, { 'site/app.js': 'two' });
    expect(await run('deploy')).toMatchObject({ version: 2, uploaded: { files: 1 }, unchanged: 1, owed: [] });
    expect(stored()).toBe(body('two'));
    expect(toldNow()).toEqual([`${base}app.js`]);
    expect(await run('rollback')).toMatchObject({ version: 1, uploaded: { files: 0 }, copied: 1, owed: [] });
    expect(stored()).toBe(body('one'));
    expect(toldNow()).toEqual([`${base}app.js`]);
    expect(await run('status')).toMatchObject({ live: { version: 1 }, drift: { missing: [], altered: [] } });
  });
});
