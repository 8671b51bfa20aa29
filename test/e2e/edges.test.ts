import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startCloudflareServer } from '../servers/cloudflare.ts';
import { startCloudFrontServer } from '../servers/cloudfront.ts';
import { startFastlyServer } from '../servers/fastly.ts';
import { startPurgingCache } from '../servers/purging-cache.ts';
import { makeTree, writeTree } from '../temp.ts';
import { bin, run } from './waybill.ts';

const zoneId = '023e105f4ecef8ad9ca31a8372d0c353';
const token = 'a-token-of-the-tests';
const env = {
  CLOUDFLARE_API_TOKEN: token,
  FASTLY_API_TOKEN: token,
  AWS_ACCESS_KEY_ID: 'testing',
  AWS_SECRET_ACCESS_KEY: 'testing',
};

interface Vendor {
  readonly edge: object;
  /** What the vendor was told since the last look. */
  look(): readonly string[];
}

/** Gives what came since the last call. */
function since(list: () => readonly string[]): () => readonly string[] {
  let seen = 0;
  return () => {
    const all = list();
    const fresh = all.slice(seen);
    seen = all.length;
    return fresh.toSorted();
  };
}

const vendors: Readonly<Record<string, () => Promise<Vendor>>> = {
  async cloudfront() {
    const server = await startCloudFrontServer({ distributions: ['E2EXAMPLE'] });
    onTestFinished(() => server.close());
    const edge = { use: 'cloudfront', distributionId: 'E2EXAMPLE', endpoint: server.endpoint };
    return { edge, look: since(() => server.accepted('E2EXAMPLE')) };
  },
  async cloudflare() {
    const server = await startCloudflareServer({ zoneId, token });
    onTestFinished(() => server.close());
    const path = (one: string) => one.replace('files https://static.shop.example', '');
    return {
      edge: { use: 'cloudflare', zoneId, endpoint: server.endpoint },
      look: since(() => server.accepted().map(path)),
    };
  },
  async fastly() {
    const server = await startFastlyServer({ serviceId: 'SU1TEST', token });
    onTestFinished(() => server.close());
    const path = (one: string) => one.replace('url static.shop.example', '');
    const edge = { use: 'fastly', serviceId: 'SU1TEST', endpoint: server.endpoint };
    return { edge, look: since(() => server.accepted().map(path)) };
  },
  async http() {
    const cache = await startPurgingCache();
    onTestFinished(() => cache.close());
    return { edge: { use: 'http', endpoint: cache.endpoint }, look: since(() => cache.log.map(({ path }) => path)) };
  },
};

const site = { 'site/index.html': 'one', 'site/css/a.css': 'a{}', 'site/js/app-3f9ab1c2.js': '1' };

/** The vendors' SDKs as they are in the bundle; nothing but the edge differs between the runs. */
describe.each(Object.keys(vendors))('the built package with the edge %s', (name) => {
  test('tells it what changed, and again when it goes back', async () => {
    const { edge, look } = await vendors[name]!();
    const prod = { origin: { use: 'local', directory: '.cdn' }, edge, url: 'https://static.shop.example/static/' };
    const config = { project: 'shop', sources: [{ kind: 'directory', path: 'site' }], environments: { prod } };
    const cwd = makeTree({ ...site, 'waybill.config.json': JSON.stringify(config) });
    const waybill = (...args: string[]) => run(process.execPath, [bin, ...args], { cwd, env });

    expect(await waybill('deploy', '--quiet')).toMatchObject({ code: 0, stderr: '' });
    look();
    writeTree(cwd, { 'site/css/a.css': 'b{}' });
    rmSync(join(cwd, 'site/js/app-3f9ab1c2.js'));
    writeTree(cwd, { 'site/js/app-8c1d2e3f.js': '2' });
    expect(await waybill('deploy', '--quiet')).toMatchObject({ code: 0, stderr: '' });
    expect(look()).toEqual(['/static/css/a.css']);
    expect(await waybill('deploy', '--quiet')).toMatchObject({ code: 0 });
    expect(look()).toEqual([]);
    expect(await waybill('rollback', '--quiet')).toMatchObject({ code: 0, stderr: '' });
    expect(look()).toEqual(['/static/css/a.css']);
  }, 90_000);
});
