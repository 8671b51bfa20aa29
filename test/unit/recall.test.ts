import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { deploy, planDeploy } from '../../src/deploy.ts';
import { makeRig, type Rig, type RigOptions } from '../rig.ts';
import { writeTree } from '../temp.ts';

/** Long after the tests' files were written. */
const later = () => new Date(Date.now() + 60_000);
const env = { WAYBILL_CACHE_DIR: 'cache' };
const applied = { wait: 'submitted', waitTimeoutMs: 1000, confirm: async () => {} } as const;

const cacheOf = (rig: Rig, kind: string) =>
  join(rig.directory, 'cache', readdirSync(join(rig.directory, 'cache')).find((name) => name.endsWith(kind)) ?? '');

async function deployIn(rig: Rig, now = later) {
  return deploy(await rig.session({ env, now }), applied);
}

/** A plan, and whether files were read for it. */
async function planIn(rig: Rig, now = later) {
  rig.events.length = 0;
  const draft = await planDeploy(await rig.session({ env, now, readonly: true }), {});
  const isRead = rig.events.some((event) => event.kind === 'collecting');
  return { ...draft, isRead };
}

async function makeDeployed(more: Partial<RigOptions> = {}): Promise<Rig> {
  const rig = makeRig({ files: { 'a.txt': 'a', 'b/c.css': 'c' }, ...more });
  await deployIn(rig);
  return rig;
}

describe('a run that finds its files as the last deploy left them', () => {
  test('reads none, and plans the same', async () => {
    const rig = await makeDeployed();
    const recalled = await planIn(rig);
    expect(recalled.isRead).toBe(false);
    expect(recalled.plan).toMatchObject({ version: 1, phases: [], summary: { unchanged: 2 } });
    rmSync(cacheOf(rig, '.collections'));
    const read = await planIn(rig);
    expect(read.isRead).toBe(true);
    expect(recalled.plan).toEqual(read.plan);
    expect(recalled.files).toEqual(read.files);
  });

  test('a deploy of it writes nothing at the origin', async () => {
    const rig = await makeDeployed();
    expect(await deployIn(rig)).toMatchObject({ version: 1, requests: { write: 0 }, unchanged: 2 });
  });

  test('tells the warnings of that deploy', async () => {
    const rig = await makeDeployed({ externals: { 'gone.css': { url: 'https://cdn.example/gone.css' } } });
    const { plan, isRead } = await planIn(rig);
    rmSync(cacheOf(rig, '.collections'));
    expect(isRead).toBe(false);
    expect(plan.warnings).toEqual((await planIn(rig)).plan.warnings);
  });

  test.each<[string, (rig: Rig) => void]>([
    ['another file', (rig) => writeTree(rig.directory, { 'site/new.txt': 'n' })],
    ['other bytes of the same size', (rig) => writeTree(rig.directory, { 'site/a.txt': 'z' })],
    ['a file that is gone', (rig) => rmSync(join(rig.directory, 'site/a.txt'))],
    ['another name', (rig) => renameSync(join(rig.directory, 'site/a.txt'), join(rig.directory, 'site/z.txt'))],
    [
      'a header rule',
      (rig) => (rig.options = { ...rig.options, headers: [{ match: ['*.txt'], set: { 'x-a': '1' } }] }),
    ],
    ['a class rule', (rig) => (rig.options = { ...rig.options, classes: [{ match: ['*.txt'], class: 'entry' }] })],
    [
      'an external',
      (rig) => (rig.options = { ...rig.options, externals: { 'a.txt': { url: 'https://c.example/a' } } }),
    ],
  ])('%s is seen', async (_, change) => {
    const rig = await makeDeployed();
    change(rig);
    const { plan, isRead } = await planIn(rig);
    expect(isRead).toBe(true);
    expect(plan.version).toBe(2);
  });

  test('what is damaged at the origin is read and repaired', async () => {
    const rig = await makeDeployed();
    rig.objects.delete('a.txt');
    expect(await deployIn(rig)).toMatchObject({ version: 1, uploaded: { files: 1 } });
    expect(rig.served()).toEqual({ 'a.txt': 'a', 'b/c.css': 'c' });
  });

  test('files written shortly before a deploy are read again, since their times prove nothing', async () => {
    const rig = makeRig({ files: { 'a.txt': 'a' } });
    await deployIn(rig, () => new Date());
    expect((await planIn(rig)).isRead).toBe(true);
  });

  test('another version that is live counts, not what was remembered', async () => {
    const rig = await makeDeployed();
    writeTree(rig.directory, { 'site/a.txt': 'two' });
    await deployIn(rig);
    await rig.rollback();
    const { plan, isRead } = await planIn(rig);
    expect(isRead).toBe(true);
    expect(plan.summary.upload + plan.summary.copy).toBe(1);
  });

  test.each(['', '{', '{"format":2,"entries":[]}', '{"format":1,"entries":[{}]}', '[]'])(
    'a damaged memory is none: %s',
    async (text) => {
      const rig = await makeDeployed();
      writeFileSync(cacheOf(rig, '.collections'), text);
      const { plan, isRead } = await planIn(rig);
      expect(isRead).toBe(true);
      expect(plan.phases).toEqual([]);
    },
  );

  test('a plan notes nothing', async () => {
    const rig = makeRig({ files: { 'a.txt': 'a' } });
    await planIn(rig);
    expect(existsSync(join(rig.directory, 'cache'))).toBe(false);
  });
});
