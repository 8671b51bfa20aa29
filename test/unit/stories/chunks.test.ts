import { describe, expect, test } from 'vitest';
import { createMemoryOrigin, type MemoryObject } from '../../../providers/memory/origin.ts';
import { diffVersions, listVersions, showVersion } from '../../../src/versions.ts';
import { makeRig, type Rig, type RigOptions } from '../../rig.ts';

const day = 86_400_000;
const chunks = '.waybill/chunks/';
const count = 60;

function makeSite(changes: Readonly<Record<string, string>> = {}): Record<string, string> {
  const names = Array.from({ length: count }, (_, index) => `img/${String(index).padStart(3, '0')}.css`);
  return { ...Object.fromEntries(names.map((name) => [name, `body of ${name}`])), ...changes };
}

const changed = { 'img/030.css': 'another body' };

/** A rig whose manifests are cut finely, and whose store has a clock of its own. */
function makeCut(options: Partial<RigOptions> = {}): Rig & { days: number } {
  const time = { days: 0 };
  const rig = makeRig({
    files: makeSite(),
    cutting: { above: 20, meanRows: 6 },
    memory: { clock: () => Date.now() + time.days * day },
    ...options,
  });
  rig.clock = () => new Date(Date.now() + time.days * day);
  return Object.defineProperty(rig, 'days', {
    get: () => time.days,
    set: (days: number) => {
      time.days = days;
    },
  }) as Rig & { days: number };
}

const namesOf = (rig: Rig): string[] => [...rig.objects.keys()].filter((key) => key.startsWith(chunks)).sort();

function indexOf(rig: Rig, key: string): string[] {
  const document = JSON.parse(new TextDecoder().decode(rig.objects.get(key)?.bytes)) as {
    chunks: { sha256: string }[];
    files?: unknown;
    objects?: unknown;
  };
  expect(document).not.toHaveProperty('files');
  expect(document).not.toHaveProperty('objects');
  return document.chunks.map(({ sha256 }) => chunks + sha256);
}

/** Requests for chunks since the last call, in the order of their ends. */
function takeRequests(rig: Rig): { written: string[]; read: string[] } {
  const operations = rig.events.splice(0).flatMap((event) => (event.kind === 'request' ? [event.operation] : []));
  const of = (kind: string) =>
    operations
      .filter((operation) => operation.startsWith(`${kind} ${chunks}`))
      .map((operation) => operation.slice(kind.length + 1));
  return { written: of('write'), read: of('read') };
}

describe('above the threshold', () => {
  test('a first deploy writes an index and private chunks, which come back as the same version', async () => {
    const rig = makeCut();
    await rig.deploy();
    const version = indexOf(rig, '.waybill/versions/1');
    const inventory = indexOf(rig, '.waybill/inventory');
    expect(version.length).toBeGreaterThan(3);
    expect(namesOf(rig)).toEqual([...version, ...inventory].sort());
    for (const key of namesOf(rig)) expect(rig.objects.get(key)?.visibility, key).toBe('private');
    const shown = await showVersion(await rig.session());
    expect(shown.files.map(({ key }) => key)).toEqual(Object.keys(makeSite()));
    expect((await listVersions(await rig.session()))[0]).toMatchObject({ files: count });
  });

  test('a deploy of one change writes the chunks that hold it and reads none that its own files make', async () => {
    const rig = makeCut();
    await rig.deploy();
    const before = new Set(namesOf(rig));
    const [live, inventory] = ['.waybill/versions/1', '.waybill/inventory'].map((key) => indexOf(rig, key));
    rig.setFiles(makeSite(changed));
    takeRequests(rig);
    expect((await rig.deploy()).uploaded.files).toBe(1);
    const { written, read } = takeRequests(rig);
    const fresh = namesOf(rig).filter((key) => !before.has(key));
    // One of the manifest, one of the inventory, and one more where a kept body is new there.
    expect(fresh.length).toBeGreaterThanOrEqual(2);
    expect(fresh.length).toBeLessThanOrEqual(3);
    expect([...written].sort()).toEqual(fresh);
    const gone = live?.filter((key) => !indexOf(rig, '.waybill/versions/2').includes(key));
    expect(gone).toHaveLength(1);
    expect([...read].sort()).toEqual([...(inventory as string[]), ...(gone as string[])].sort());
  });

  test('no change writes nothing', async () => {
    const rig = makeCut();
    await rig.deploy();
    const before = new Map(rig.objects);
    const { requests } = await rig.deploy();
    expect(requests).toMatchObject({ write: 0, copy: 0 });
    expect(rig.objects).toEqual(before);
  });

  test('versions that share chunks are shown and compared, each chunk read once', async () => {
    const rig = makeCut();
    await rig.deploy();
    rig.setFiles(makeSite(changed));
    await rig.deploy();
    takeRequests(rig);
    const { changed: found, unchanged } = await diffVersions(await rig.session(), 1, 2);
    expect(found.map(({ after }) => after.key)).toEqual(['img/030.css']);
    expect(unchanged).toBe(count - 1);
    const { read } = takeRequests(rig);
    const both = new Set([1, 2].flatMap((version) => indexOf(rig, `.waybill/versions/${version}`)));
    expect([...read].sort()).toEqual([...both].sort());
  });

  test('a rollback brings the version before back and writes no chunk of a manifest', async () => {
    const rig = makeCut();
    await rig.deploy();
    rig.setFiles(makeSite(changed));
    await rig.deploy();
    takeRequests(rig);
    expect((await rig.rollback()).version).toBe(1);
    expect(rig.served()).toEqual(makeSite());
    const { written } = takeRequests(rig);
    expect(written.length).toBeLessThanOrEqual(2);
    for (const key of written) expect(indexOf(rig, '.waybill/inventory')).toContain(key);
  });

  test('a version at or below it stays one document beside others', async () => {
    const rig = makeCut();
    await rig.deploy();
    rig.setFiles({ 'a.css': 'a' });
    await rig.deploy({ allowLarge: true });
    expect(new TextDecoder().decode(rig.objects.get('.waybill/versions/2')?.bytes)).toContain('"files"');
    expect((await rig.rollback()).version).toBe(1);
    expect(rig.served()).toMatchObject(makeSite());
  });

  test('shards write what they name themselves, as they hold no lock', async () => {
    const rig = makeCut();
    await rig.deploy();
    rig.setFiles(makeSite(changed));
    takeRequests(rig);
    await rig.deploy({ stage: true, shard: { index: 1, count: 2 } });
    const staged = indexOf(rig, '.waybill/versions/2');
    expect(takeRequests(rig).written.sort()).toEqual([...staged].sort());
    await rig.deploy({ stage: true, shard: { index: 2, count: 2 } });
    expect((await rig.activate({ to: 2 })).version).toBe(2);
    expect(rig.served()).toEqual(makeSite(changed));
  });
});

describe('prune', () => {
  /** Four versions, each other than the one before in one file. */
  async function deployFour(): Promise<ReturnType<typeof makeCut>> {
    const rig = makeCut();
    for (const body of ['1', '2', '3', '4']) {
      rig.setFiles(makeSite({ 'img/030.css': body }));
      await rig.deploy();
    }
    return rig;
  }
  const scope = { keep: 2, olderThanMs: 0 };

  test('removes old chunks that nothing names, and versions that stay are whole', async () => {
    const rig = await deployFour();
    rig.days = 2;
    expect((await rig.prune(scope)).removed.versions).toEqual([1, 2]);
    // Whatever the inventory named until now goes with the next one.
    rig.days = 4;
    await rig.prune(scope);
    const documents = ['versions/3', 'versions/4', 'inventory'];
    const named = new Set(documents.flatMap((name) => indexOf(rig, `.waybill/${name}`)));
    expect(namesOf(rig)).toEqual([...named].sort());
    const again = await rig.prune(scope);
    expect(again.requests).toMatchObject({ write: 0, remove: 0 });
    expect((await rig.rollback()).version).toBe(3);
    expect(rig.served()).toEqual(makeSite({ 'img/030.css': '3' }));
  });

  test('leaves those that were written of late: a shard may be about to name them', async () => {
    const rig = await deployFour();
    const before = namesOf(rig);
    expect((await rig.prune(scope)).removed.versions).toEqual([1, 2]);
    expect(namesOf(rig)).toEqual(expect.arrayContaining(before));
  });

  test('broken off at any operation, every version that is there has its chunks, and a rerun removes the rest', async () => {
    const prepared = await deployFour();
    for (let at = 0, isStruck = true; isStruck; at++) {
      const objects = new Map<string, MemoryObject>(prepared.objects);
      let operations = 0;
      const state = { isBroken: true };
      const clock = () => Date.now() + 2 * day;
      const failOn = (): undefined => {
        if (state.isBroken && operations++ >= at) throw new Error('killed');
      };
      const rig = makeCut({ memory: { objects }, origin: createMemoryOrigin({ objects, clock, failOn }) });
      const dead = { host: { hostname: 'host', pid: 1, isAlive: () => false } };
      const { prune } = await import('../../../src/prune.ts');
      const run = async () =>
        prune(await rig.session(dead), { ...scope, waitTimeoutMs: 1000, confirm: async () => {} });
      isStruck = await run().then(
        () => false,
        () => true,
      );
      state.isBroken = false;
      for (const key of [...objects.keys()].filter((one) => one.startsWith('.waybill/versions/'))) {
        for (const chunk of indexOf(rig, key)) expect(objects.has(chunk), `${key} at ${at}`).toBe(true);
      }
      await run();
      expect([...objects.keys()].filter((key) => key.startsWith('.waybill/versions/'))).toHaveLength(2);
    }
  });
});

describe('a chunk that is gone or has other bytes', () => {
  const other: MemoryObject = {
    bytes: new TextEncoder().encode('{"format":1,"headers":[],"files":[]}'),
    etag: 'other',
    headers: {},
    visibility: 'private',
    writtenAt: 0,
  };
  const harms: readonly [string, (rig: Rig, key: string) => void, RegExp][] = [
    ['gone', (rig, key) => rig.objects.delete(key), /is not there/],
    ['damaged', (rig, key) => rig.objects.set(key, other), /has other bytes/],
  ];

  test.each(harms)(
    '%s, of a manifest: STATE_DAMAGED names it, and other versions can be shown',
    async (_, harm, text) => {
      const rig = makeCut();
      await rig.deploy();
      rig.setFiles(makeSite(changed));
      await rig.deploy();
      const [first] = indexOf(rig, '.waybill/versions/1').filter(
        (key) => !indexOf(rig, '.waybill/versions/2').includes(key),
      );
      harm(rig, first as string);
      const shown = showVersion(await rig.session(), 1);
      await expect(shown).rejects.toMatchObject({ code: 'STATE_DAMAGED', exitCode: 4 });
      await expect(shown).rejects.toThrow(first);
      await expect(shown).rejects.toThrow(text);
      expect((await showVersion(await rig.session(), 2)).files).toHaveLength(count);
    },
  );

  test.each(harms)('%s, of the inventory: rebuilt, and nothing is sent again', async (_, harm) => {
    const rig = makeCut();
    await rig.deploy();
    const before = namesOf(rig);
    harm(rig, indexOf(rig, '.waybill/inventory')[1] as string);
    const receipt = await rig.deploy();
    expect(receipt.uploaded.files).toBe(0);
    expect(namesOf(rig)).toEqual(before);
    expect((await rig.deploy()).requests).toMatchObject({ write: 0 });
  });

  test('an index that names fewer rows than its chunk has is damaged', async () => {
    const rig = makeCut();
    await rig.deploy();
    const object = rig.objects.get('.waybill/versions/1') as MemoryObject;
    const text = new TextDecoder()
      .decode(object.bytes)
      .replace(/"rows":(\d+)/, (_, rows: string) => `"rows":${Number(rows) + 1}`);
    rig.objects.set('.waybill/versions/1', { ...object, bytes: new TextEncoder().encode(text) });
    await expect(showVersion(await rig.session())).rejects.toMatchObject({ code: 'STATE_DAMAGED' });
  });
});
