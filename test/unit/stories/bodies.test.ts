import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createMemoryOrigin } from '../../../providers/memory/origin.ts';
import type { Environment } from '../../../src/config/types.ts';
import { type DeployOptions, deploy } from '../../../src/deploy.ts';
import { makeRig } from '../../rig.ts';

const site = { 'index.html': 'home', 'app.css': 'a{}', 'app-5WLTJH4U.js': '1' };
const next = { 'index.html': 'home 2', 'app.css': 'b{}', 'app-QL7MZ3PB.js': '2' };

test('a body that moves to a hashed name while its old name gets other bytes', async () => {
  const big = new Uint8Array(1024 * 1024).fill(7);
  const rig = makeRig({ files: { 'lib.js': big, 'index.html': 'x' } });
  await rig.deploy();
  rig.setFiles({ 'lib-5WLTJH4U.js': big, 'lib.js': 'stub', 'index.html': 'x' });
  await rig.deploy();
  expect(Buffer.compare(rig.objects.get('lib-5WLTJH4U.js')?.bytes as Uint8Array, big)).toBe(0);
  await rig.rollback();
  expect(Buffer.compare(rig.objects.get('lib.js')?.bytes as Uint8Array, big)).toBe(0);
});

test('a page and a feed with the same large body', async () => {
  const old = new Uint8Array(1024 * 1024).fill(1);
  const big = new Uint8Array(1024 * 1024).fill(7);
  const rig = makeRig({
    files: { 'feed.xml': old, 'z.html': 'x' },
    classes: [{ match: ['feed.xml'], class: 'entry' }],
  });
  await rig.deploy();
  rig.setFiles({ 'feed.xml': big, 'z.html': big });
  await rig.deploy();
  expect(Buffer.compare(rig.objects.get('feed.xml')?.bytes as Uint8Array, big)).toBe(0);
  expect(Buffer.compare(rig.objects.get('z.html')?.bytes as Uint8Array, big)).toBe(0);
});

test('metadata that names our digest over a body of another size is not believed', async () => {
  const rig = makeRig({ files: site });
  await rig.deploy();
  const object = rig.objects.get('app.css');
  if (object) rig.objects.set('app.css', { ...object, bytes: new TextEncoder().encode('gzipped in place'), etag: 'q' });
  await rig.deploy();
  expect(rig.served()['app.css']).toBe('a{}');
});

test('a kept body that was altered is not served by a rollback', async () => {
  const rig = makeRig({ files: site });
  await rig.deploy();
  rig.setFiles(next);
  await rig.deploy();
  rig.objects.set(`.waybill/objects/${createHash('sha256').update('a{}').digest('hex')}`, {
    bytes: new TextEncoder().encode('evil'),
    etag: 'q',
    headers: {},
    visibility: 'public',
    writtenAt: 0,
  });
  await expect(rig.rollback()).rejects.toMatchObject({ code: 'NOT_RESTORABLE' });
});

test('bytes that somebody put there by hand and that the next version wants are recorded at once', async () => {
  const rig = makeRig({ files: site });
  await rig.deploy();
  rig.objects.set('app.css', {
    bytes: new TextEncoder().encode('b{}'),
    etag: 'q',
    headers: rig.objects.get('app.css')?.headers ?? {},
    visibility: 'public',
    writtenAt: 0,
  });
  rig.setFiles(next);
  await rig.deploy();
  expect((await rig.deploy()).requests).toMatchObject({ write: 0 });
});

test('--trust-manifest without records lists after all', async () => {
  const rig = makeRig({ files: site });
  await rig.deploy();
  rig.objects.delete('.waybill/inventory');
  rig.options = { ...rig.options, headers: [{ match: ['**'], set: { 'x-new': '1' } }] };
  await rig.deploy({ trustManifest: true });
  expect(rig.objects.get('app.css')?.headers['x-new']).toBe('1');
});

test("an environment's own state may lie inside its origin", async () => {
  const rig = makeRig({ files: site });
  const session = await rig.session();
  const inner = createMemoryOrigin({ objects: rig.objects, prefix: 'state' });
  const { origin } = session.environment;
  const state = {
    ...origin,
    provider: { ...origin.provider, open: async () => inner },
    location: { store: 'test', prefix: 'state' },
  };
  const environment: Environment = { ...session.environment, state };
  const options: DeployOptions = { wait: 'submitted', waitTimeoutMs: 1000, confirm: async () => {} };
  await deploy(await rig.session({ environment }), options);
  expect(rig.objects.has('state/.waybill/live')).toBe(true);
  expect(rig.objects.has('.waybill/live')).toBe(false);
  rig.setFiles(next);
  expect(await deploy(await rig.session({ environment }), options)).toMatchObject({ version: 2 });
  expect([...rig.objects.keys()].filter((key) => key.startsWith('.waybill/objects/'))).toHaveLength(2);
});

test('the requests of a receipt hold the release of the lock', async () => {
  const rig = makeRig({ files: site });
  // Three assets, the manifest, the inventory, three to try out the store, `live` three times, and the lock taken and released.
  expect((await rig.deploy()).requests.write).toBe(13);
});
