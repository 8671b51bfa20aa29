import { describe, expect, test } from 'vitest';
import { createMemoryOrigin, type MemoryObject } from '../../../providers/memory/origin.ts';
import { ProviderError } from '../../../src/errors/errors.ts';
import type { Live } from '../../../src/manifest/live.ts';
import type { Origin } from '../../../src/provider/contract.ts';
import { planPrune } from '../../../src/prune.ts';
import { listVersions } from '../../../src/versions.ts';
import { createRecordingEdge, makeRig, type Rig, type RigOptions } from '../../rig.ts';

const day = 86_400_000;
const start = Date.parse('2026-01-01T00:00:00Z');

/** Deploys each site a day after the one before; the clock then stands at the day of the last one. */
async function deployAll(sites: readonly Record<string, string>[], options: Partial<RigOptions> = {}): Promise<Rig> {
  const rig = makeRig({ files: {}, ...options });
  for (const [index, files] of sites.entries()) {
    setDay(rig, index);
    rig.setFiles(files);
    await rig.deploy();
  }
  return rig;
}

function setDay(rig: Rig, days: number): void {
  rig.clock = () => new Date(start + days * day);
}

function live(rig: Rig): Live {
  return JSON.parse(new TextDecoder().decode(rig.objects.get('.waybill/live')?.bytes)) as Live;
}

function writeLive(rig: Rig, document: Live): void {
  const object = rig.objects.get('.waybill/live') as MemoryObject;
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  rig.objects.set('.waybill/live', { ...object, bytes, etag: 'by hand' });
}

async function numbers(rig: Rig): Promise<number[]> {
  return (await listVersions(await rig.session())).map(({ version }) => version);
}

const hashed = ['app-5WLTJH4U.js', 'app-QL7MZ3PB.js', 'app-7XK2M4ND.js', 'app-HT6VW2RM.js'];
const sites = hashed.map((name, index) => ({
  'index.html': `home ${index}`,
  [name]: String(index),
  [`old-${index}.css`]: `c${index}`,
}));
const foreign: MemoryObject = {
  bytes: new TextEncoder().encode('not ours'),
  etag: 'foreign',
  headers: {},
  visibility: 'public',
  writtenAt: 0,
};

describe('versions', () => {
  test('beyond keep and older than: objects, kept bodies and manifests go, the rest stays whole', async () => {
    const edge = createRecordingEdge();
    const rig = await deployAll(sites, { edges: [edge] });
    rig.objects.set('app-foreign.js', foreign);
    const before = rig.objects.size;
    edge.taken.length = 0;
    const receipt = await rig.prune({ keep: 2, olderThanMs: 0 });
    expect(receipt).toMatchObject({ operation: 'prune', version: 4, foreign: [], owed: [] });
    expect(receipt.removed).toMatchObject({ keys: 4, objects: 2, versions: [1, 2] });
    expect(rig.objects.size).toBe(before - 4 - 2 - 2);
    expect(rig.served()).toEqual({ ...sites[2], ...sites[3], 'app-foreign.js': 'not ours' });
    // Hashed names need none: whoever knows one has its bytes for good.
    expect(edge.taken).toEqual([['/static/old-0.css', '/static/old-1.css']]);
    expect((await rig.rollback()).version).toBe(3);
    expect(rig.served()).toMatchObject(sites[2] as object);
  });

  test('days count from when a version stopped being live, not from its making', async () => {
    const rig = await deployAll(sites.slice(0, 2));
    setDay(rig, 100);
    rig.setFiles(sites[2] as Record<string, string>);
    await rig.deploy();
    setDay(rig, 129);
    // Version 2 was live until day 100, version 1 until day 1.
    expect((await rig.prune({ keep: 1 })).removed.versions).toEqual([1]);
    rig.setFiles(sites[3] as Record<string, string>);
    await rig.deploy();
    setDay(rig, 131);
    expect((await rig.prune({ keep: 1 })).removed.versions).toEqual([2]);
  });

  test('the defaults are those of the environment, and both must be exceeded', async () => {
    const rig = await deployAll(sites, { keep: { versions: 2, days: 5, staged: 7 } });
    expect((await rig.prune()).removed.versions).toEqual([]);
    setDay(rig, 7);
    expect((await rig.prune({ keep: 3 })).removed.versions).toEqual([1]);
    expect((await rig.prune()).removed.versions).toEqual([2]);
    expect(await numbers(rig)).toEqual([3, 4]);
  });

  test('the live version and the one before stay whatever is asked; a second prune writes nothing', async () => {
    const rig = await deployAll(sites);
    await rig.rollback({ to: 1 });
    expect((await rig.prune({ keep: 1, olderThanMs: 0 })).removed.versions).toEqual([2, 3]);
    expect(await numbers(rig)).toEqual([1, 4]);
    const before = new Map(rig.objects);
    const again = await rig.prune({ keep: 1, olderThanMs: 0 });
    expect(again.requests).toMatchObject({ write: 0, copy: 0, remove: 0 });
    expect(again.removed).toMatchObject({ keys: 0, objects: 0, versions: [] });
    expect(rig.objects).toEqual(before);
  });

  test('rollback without --to passes over what was removed', async () => {
    const rig = await deployAll(sites);
    await rig.prune({ keep: 2, olderThanMs: 0 });
    expect((await rig.rollback()).version).toBe(3);
    await expect(rig.rollback()).rejects.toMatchObject({ code: 'NOTHING_LIVE' });
    await expect(rig.rollback({ to: 1 })).rejects.toMatchObject({ code: 'VERSION_UNKNOWN' });
  });

  test('abandoned versions go by their age, and their numbers are not used again', async () => {
    const rig = await deployAll(sites.slice(0, 1));
    const manifest = rig.objects.get('.waybill/versions/1') as MemoryObject;
    const abandoned = new TextDecoder()
      .decode(manifest.bytes)
      .replace('"version": 1', '"version": 2')
      .replaceAll('old-0.css', 'old-9.css');
    rig.objects.set('.waybill/versions/2', { ...manifest, bytes: new TextEncoder().encode(abandoned), etag: 'x' });
    rig.objects.set('old-9.css', rig.objects.get('old-0.css') as MemoryObject);
    setDay(rig, 29);
    expect((await rig.prune()).removed.versions).toEqual([]);
    setDay(rig, 31);
    expect((await rig.prune()).removed).toMatchObject({ versions: [2], keys: 1 });
    expect(rig.served()).toEqual(sites[0]);
    rig.setFiles(sites[1] as Record<string, string>);
    expect((await rig.deploy()).version).toBe(3);
  });

  test('staged versions stay for keep.staged days, a day at least unless everything may go', async () => {
    const keep = { versions: 1, days: 0, staged: 7 };
    const rig = await deployAll(sites.slice(0, 2), { keep });
    rig.setFiles(sites[2] as Record<string, string>);
    setDay(rig, 2);
    await rig.deploy({ stage: true });
    setDay(rig, 8.9);
    expect((await rig.prune()).removed.versions).toEqual([]);
    expect((await rig.activate({ to: 3 })).version).toBe(3);
    expect(rig.served()).toMatchObject(sites[2] as object);

    rig.setFiles(sites[3] as Record<string, string>);
    await rig.deploy({ stage: true });
    rig.options = { ...rig.options, keep: { ...keep, staged: 0 } };
    setDay(rig, 9.5);
    expect((await rig.prune({ olderThanMs: 2 * day })).removed.versions).not.toContain(4);
    rig.options = { ...rig.options, keep };
    setDay(rig, 16);
    const { removed } = await rig.prune();
    expect(removed).toMatchObject({ versions: [4], keys: 1, objects: 2 });
    expect(live(rig).staged).toEqual([]);
    await expect(rig.activate({ to: 4 })).rejects.toMatchObject({ code: 'VERSION_UNKNOWN' });
  });

  test('what a staging that broke off has sent stays for as long as a version of its age', async () => {
    const rig = await deployAll(sites.slice(0, 1), { keep: { versions: 1, days: 1, staged: 0 } });
    rig.setFiles(sites[1] as Record<string, string>);
    rig.options = {
      ...rig.options,
      origin: createMemoryOrigin({
        objects: rig.objects,
        failOn: ({ kind, key }) => {
          if (kind === 'write' && key === '.waybill/inventory') throw new ProviderError('rejected', 'struck');
          return undefined;
        },
      }),
    };
    await expect(rig.deploy({ stage: true })).rejects.toMatchObject({ exitCode: 3 });
    const { origin: _, ...options } = rig.options;
    rig.options = options;
    setDay(rig, 0.9);
    expect((await rig.prune()).removed).toMatchObject({ keys: 0, objects: 0, versions: [] });
    setDay(rig, 1.1);
    expect((await rig.prune()).removed).toMatchObject({ keys: 1, objects: 2, versions: [2] });
  });

  test('somebody else’s object at one of our old keys is left alone and named', async () => {
    const rig = await deployAll(sites);
    rig.objects.set('old-0.css', foreign);
    const receipt = await rig.prune({ keep: 2, olderThanMs: 0 });
    expect(receipt.foreign).toEqual(['old-0.css']);
    expect(receipt.removed).toMatchObject({ keys: 3, versions: [1, 2] });
    expect(rig.objects.get('old-0.css')).toBe(foreign);
  });

  test('bodies that were adopted from others stay', async () => {
    const rig = makeRig({ files: sites[0] as Record<string, string> });
    rig.objects.set('index.html', foreign);
    await rig.deploy({ adopt: true });
    const bodies = () => [...rig.objects.keys()].filter((key) => key.startsWith('.waybill/objects/'));
    const adopted = bodies();
    expect(adopted).toHaveLength(1);
    for (const site of sites.slice(1)) {
      rig.setFiles(site);
      await rig.deploy();
    }
    await rig.prune({ keep: 1, olderThanMs: 0 });
    expect(bodies()).toEqual(expect.arrayContaining(adopted));
  });

  test('without an inventory the objects’ own metadata tells what is ours', async () => {
    const rig = await deployAll(sites);
    rig.objects.delete('.waybill/inventory');
    expect((await rig.prune({ keep: 2, olderThanMs: 0 })).removed).toMatchObject({ keys: 4, versions: [1, 2] });
    expect(rig.served()).toEqual({ ...sites[2], ...sites[3] });
  });

  test('nothing was deployed: exit 4, and planning writes nothing', async () => {
    const rig = makeRig({ files: {} });
    await expect(rig.prune()).rejects.toMatchObject({ code: 'NOTHING_LIVE' });
    const full = await deployAll(sites);
    const before = new Map(full.objects);
    const plan = await planPrune(await full.session({ readonly: true }), { keep: 2, olderThanMs: 0 });
    expect(plan).toMatchObject({ kind: 'prune', format: 1, live: 4, kept: [3, 4] });
    expect(plan.keys.map(({ key }) => key)).toEqual([hashed[0], hashed[1], 'old-0.css', 'old-1.css']);
    expect(plan.bytes).toBe([...plan.keys, ...plan.objects].reduce((sum, { size }) => sum + size, 0));
    expect(full.objects).toEqual(before);
  });
});

describe('removed', () => {
  test('stable files that live left go at once; their bodies are kept, told to edges and come back', async () => {
    const edge = createRecordingEdge();
    const rig = await deployAll(sites.slice(0, 2), { edges: [edge] });
    expect((await rig.deploy()).stillServed).toBe(1);
    edge.taken.length = 0;
    const receipt = await rig.prune({ removed: true });
    expect(receipt).toMatchObject({ removed: { keys: 1, objects: 0, versions: [] }, copied: 1 });
    expect(edge.taken).toEqual([['/static/old-0.css']]);
    // Hashed files of older versions stay: pages that are open name them.
    expect(rig.served()).toEqual({ ...sites[1], [hashed[0] as string]: '0' });
    expect((await rig.prune({ removed: true })).requests).toMatchObject({ write: 0, remove: 0 });
    expect((await rig.deploy()).stillServed).toBeUndefined();
    await rig.rollback();
    expect(rig.served()).toMatchObject(sites[0] as object);
  });

  test('a deploy and a rollback tell how many are still served', async () => {
    const rig = await deployAll(sites.slice(0, 1));
    rig.setFiles(sites[1] as Record<string, string>);
    expect((await rig.deploy()).stillServed).toBe(1);
    expect((await rig.rollback()).stillServed).toBe(1);
  });

  test('many keys go in batches of a thousand, and their count is told', async () => {
    const origin = createMemoryOrigin();
    const batches: number[] = [];
    const counting: Origin = {
      ...origin,
      remove: (keys, call) => {
        batches.push(keys.length);
        return origin.remove(keys, call);
      },
    };
    const many = Object.fromEntries(Array.from({ length: 2500 }, (_, index) => [`old/${index}.txt`, 'x']));
    const rig = makeRig({ files: { 'index.html': 'home', ...many }, origin: counting });
    await rig.deploy();
    rig.setFiles({ 'index.html': 'home' });
    expect((await rig.deploy()).stillServed).toBe(2500);
    // One body for all of them.
    expect(await rig.prune({ removed: true })).toMatchObject({ removed: { keys: 2500, bytes: 2500 }, copied: 1 });
    expect(batches).toEqual([1000, 1000, 500]);
    const counts = rig.events.flatMap((event) => (event.kind === 'removed' ? [event.count] : []));
    expect(counts).toEqual([1000, 2000, 2500]);
    expect((await rig.rollback()).copied).toBe(2500);
  });

  test('files of a version that is half applied stay', async () => {
    const rig = await deployAll(sites.slice(0, 2));
    writeLive(rig, { ...live(rig), applying: { version: 1, run: 'dead' } });
    expect((await rig.prune({ removed: true })).removed.keys).toBe(0);
  });
});

describe('edges', () => {
  test('a refusal leaves the debt: exit 3, and the next prune pays it', async () => {
    const edge = createRecordingEdge();
    const rig = await deployAll(sites.slice(0, 2), { edges: [edge] });
    edge.taken.length = 0;
    edge.failing = new ProviderError('rejected', 'Not today.');
    await expect(rig.prune({ removed: true })).rejects.toMatchObject({
      code: 'INVALIDATION_OWED',
      exitCode: 3,
      receipt: { removed: { keys: 1 }, owed: [{ edge: 'edge', items: ['/static/old-0.css'] }] },
    });
    expect(live(rig).owed).toHaveLength(1);
    edge.failing = undefined;
    expect((await rig.prune({ removed: true })).owed).toEqual([]);
    expect(edge.taken).toEqual([['/static/old-0.css']]);
    expect(live(rig).owed).toEqual([]);
  });
});
