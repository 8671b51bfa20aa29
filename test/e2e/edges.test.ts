import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { vendorEnv, vendorKinds } from '../servers/vendors.ts';
import { makeTree, writeTree } from '../temp.ts';
import { bin, run } from './waybill.ts';

const env = { ...vendorEnv, AWS_ACCESS_KEY_ID: 'testing', AWS_SECRET_ACCESS_KEY: 'testing' };

const site = { 'site/index.html': 'one', 'site/css/a.css': 'a{}', 'site/js/app-3f9ab1c2.js': '1' };

/** The vendors' SDKs as they are in the bundle; nothing but the edge differs between the runs. */
describe.each(Object.keys(vendorKinds))('the built package with the edge %s', (name) => {
  test('tells it what changed, and again when it goes back', async () => {
    const { edge, told, close } = await vendorKinds[name]!();
    onTestFinished(close);
    let seen = 0;
    const look = () => {
      const fresh = told().slice(seen);
      seen += fresh.length;
      return fresh.toSorted();
    };
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
