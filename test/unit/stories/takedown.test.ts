import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../../../src/provider/bytes.ts';
import { planRollback } from '../../../src/rollback.ts';
import { listVersions } from '../../../src/versions.ts';
import { createRecordingEdge, makeRig, type Rig, type RigOptions } from '../../rig.ts';

async function deployAll(sites: readonly Record<string, string>[], options: Partial<RigOptions> = {}): Promise<Rig> {
  const rig = makeRig({ files: {}, ...options });
  for (const files of sites) {
    rig.setFiles(files);
    await rig.deploy();
  }
  return rig;
}

const secret = 'customers';
const sites = [
  { 'index.html': '1', 'data/list.csv': secret, 'app-5WLTJH4U.js': 'leak' },
  { 'index.html': '2', 'data/list.csv': 'empty' },
  { 'index.html': '3' },
];

function holds(rig: Rig, text: string): string[] {
  return [...rig.objects].filter(([, { bytes }]) => new TextDecoder().decode(bytes) === text).map(([key]) => key);
}

describe('a takedown', () => {
  test('takes the files of every version, kept bodies too, and tells every edge their exact URLs', async () => {
    const [inner, outer] = [createRecordingEdge('inner'), createRecordingEdge('outer')];
    const rig = await deployAll(sites, { edges: [inner, outer] });
    expect(holds(rig, secret)).toEqual([`.waybill/objects/${sha256Hex(secret)}`]);
    for (const edge of [inner, outer]) edge.taken.length = 0;
    const receipt = await rig.prune({ path: '{data/**,app-*.js}' });
    expect(receipt.removed).toMatchObject({ keys: 2, objects: 1, versions: [] });
    expect(receipt.unrestorable).toEqual([
      { version: 1, paths: ['app-5WLTJH4U.js', 'data/list.csv'] },
      { version: 2, paths: ['data/list.csv'] },
    ]);
    for (const text of [secret, 'empty', 'leak']) expect(holds(rig, text)).toEqual([]);
    const urls = [['/static/app-5WLTJH4U.js', '/static/data/list.csv']];
    expect([inner.taken, outer.taken]).toEqual([urls, urls]);
    expect(rig.served()).toEqual({ 'index.html': '3' });
    const again = await rig.prune({ path: '{data/**,app-*.js}' });
    expect(again).toMatchObject({ unrestorable: [], requests: { write: 0, remove: 0 } });
  });

  test('versions that lost a file are refused before any write, with or without --to, and listed so', async () => {
    const rig = await deployAll(sites);
    await rig.prune({ path: 'data/list.csv' });
    const before = new Map(rig.objects);
    for (const options of [{}, { to: 2 }, { to: 1 }]) {
      await expect(rig.rollback(options)).rejects.toMatchObject({
        code: 'NOT_RESTORABLE',
        exitCode: 4,
        message: expect.stringContaining('data/list.csv was taken down from every version'),
      });
    }
    await expect(planRollback(await rig.session({ readonly: true }), { to: 1 })).rejects.toMatchObject({
      code: 'NOT_RESTORABLE',
    });
    expect(rig.objects).toEqual(before);
    const listed = await listVersions(await rig.session());
    expect(listed.map(({ unrestorable }) => unrestorable)).toEqual([
      { paths: ['data/list.csv'], more: false },
      { paths: ['data/list.csv'], more: false },
      undefined,
    ]);
  });

  test('a file of the live version is exit 4, and nothing is changed', async () => {
    const rig = await deployAll(sites.slice(0, 2));
    const before = new Map(rig.objects);
    await expect(rig.prune({ path: 'data/*' })).rejects.toMatchObject({
      code: 'TAKEDOWN_LIVE',
      exitCode: 4,
      message: expect.stringContaining('data/list.csv'),
      hint: expect.stringContaining('Deploy without'),
    });
    expect(rig.objects).toEqual(before);
  });

  test('a pattern that nothing matches is exit 2', async () => {
    const rig = await deployAll(sites);
    await expect(rig.prune({ path: 'dta/*' })).rejects.toMatchObject({ code: 'USAGE', exitCode: 2 });
  });

  test('the same bytes under another name lose their kept body: that version is marked, too', async () => {
    const rig = await deployAll([
      { 'a.txt': secret, 'b.txt': 'b' },
      { 'b.txt': secret, 'c.txt': 'c' },
      { 'b.txt': 'new', 'c.txt': 'c' },
    ]);
    const { unrestorable, warnings } = await rig.prune({ path: 'a.txt' });
    expect(unrestorable).toEqual([
      { version: 1, paths: ['a.txt'] },
      { version: 2, paths: ['b.txt'] },
    ]);
    expect(warnings).toEqual([]);
    expect(holds(rig, secret)).toEqual([]);
  });

  test('the same bytes at a key that stays are named, and stay', async () => {
    const rig = await deployAll([{ 'a.txt': secret }, { 'b.txt': secret }]);
    const { unrestorable, warnings } = await rig.prune({ path: 'a.txt' });
    expect(unrestorable).toEqual([{ version: 1, paths: ['a.txt'] }]);
    expect(warnings).toEqual([expect.stringContaining('b.txt')]);
    expect(rig.served()).toEqual({ 'b.txt': secret });
    await expect(rig.rollback()).rejects.toMatchObject({ code: 'NOT_RESTORABLE' });
  });

  test('two takedowns add up, and the marks go with their versions', async () => {
    const rig = await deployAll(sites);
    await rig.prune({ path: 'data/list.csv' });
    const { unrestorable } = await rig.prune({ path: 'app-5WLTJH4U.js' });
    expect(unrestorable).toEqual([{ version: 1, paths: ['app-5WLTJH4U.js', 'data/list.csv'] }]);
    const live = () => JSON.parse(new TextDecoder().decode(rig.objects.get('.waybill/live')?.bytes));
    expect(live().unrestorable.map(({ version }: { version: number }) => version)).toEqual([2, 1]);
    // What cannot be restored takes no place among the kept ones.
    rig.setFiles({ 'index.html': '4' });
    await rig.deploy();
    await rig.prune({ keep: 2, olderThanMs: 0 });
    expect(live().unrestorable).toBeUndefined();
    expect((await rig.rollback()).version).toBe(3);
  });

  test('a staged version that lost a file is not activated; staging the same files again makes another', async () => {
    const rig = await deployAll(sites.slice(2));
    rig.setFiles(sites[1] as Record<string, string>);
    expect((await rig.deploy({ stage: true })).version).toBe(2);
    await rig.prune({ path: 'data/*' });
    await expect(rig.activate({ to: 2 })).rejects.toMatchObject({ code: 'NOT_RESTORABLE' });
    expect((await rig.deploy({ stage: true })).version).toBe(3);
    await rig.activate({ to: 3 });
    expect(rig.served()).toMatchObject(sites[1] as object);
  });

  test('a name that holds what a glob takes for its own is meant as it is', async () => {
    const rig = await deployAll([
      { 'a[1].txt': 'x', 'a1.txt': 'y' },
      { 'a1.txt': 'y', 'b(.txt': 'z' },
      { 'a1.txt': 'y' },
    ]);
    expect((await rig.prune({ path: 'a[1].txt' })).removed.keys).toBe(1);
    expect((await rig.prune({ path: 'b(.txt' })).removed.keys).toBe(1);
    await expect(rig.prune({ path: 'a[1].*' })).rejects.toMatchObject({ code: 'TAKEDOWN_LIVE' });
    expect(rig.served()).toEqual({ 'a1.txt': 'y' });
  });
});
