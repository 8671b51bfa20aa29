import { describe, expect, test } from 'vitest';
import { createMemoryOrigin } from '../../../providers/memory/origin.ts';
import { deploy } from '../../../src/deploy.ts';
import { ProviderError } from '../../../src/errors/errors.ts';
import type { Live } from '../../../src/manifest/live.ts';
import type { Origin } from '../../../src/provider/contract.ts';
import type { Receipt } from '../../../src/receipt.ts';
import { readStatus } from '../../../src/status.ts';
import { listVersions } from '../../../src/versions.ts';
import { makeRig, type Rig } from '../../rig.ts';

const applied = { wait: 'submitted', waitTimeoutMs: 1000, confirm: async () => {} } as const;
const v1 = { 'index.html': 'one', 'app.css': 'a{}', 'app-5WLTJH4U.js': '1' };
const v2 = { 'index.html': 'two', 'app.css': 'b{}', 'app-QL7MZ3PB.js': '2', 'b.css': 'b', 'c.css': 'b' };
const v3 = { ...v2, 'index.html': 'three' };
const day = 24 * 60 * 60 * 1000;

interface ShardRun {
  readonly pipeline?: string;
  readonly origin?: Rig['options']['origin'];
}

async function shard(rig: Rig, index: number, count: number, { pipeline = '7' }: ShardRun = {}): Promise<Receipt> {
  const env = { PATH: process.env.PATH, GITLAB_CI: 'true', CI_PIPELINE_URL: `https://ci.example/p/${pipeline}` };
  const session = await rig.session({ env, lockTimeoutMs: 10_000 });
  return deploy(session, { ...applied, stage: true, shard: { index, count } });
}

function live(rig: Rig): Live {
  return JSON.parse(new TextDecoder().decode(rig.objects.get('.waybill/live')?.bytes)) as Live;
}

function stageKeys(rig: Rig): string[] {
  return [...rig.objects.keys()].filter((key) => key.startsWith('.waybill/stages/'));
}

async function deployed(): Promise<Rig> {
  const rig = makeRig({ files: v1 });
  await rig.deploy();
  rig.setFiles(v2);
  return rig;
}

describe('deploy --stage --shard', () => {
  test('each shard sends its part, the last one puts them together, and activate makes the version live', async () => {
    const rig = await deployed();
    const first = await shard(rig, 1, 3);
    expect(first).toMatchObject({
      version: 2,
      previous: 1,
      shard: { index: 1, count: 3, recorded: [1], missing: [2, 3] },
    });
    expect(first.staged).toBeUndefined();
    const third = await shard(rig, 3, 3);
    expect(third).toMatchObject({ version: 2, shard: { digest: first.shard?.digest, recorded: [1, 3], missing: [2] } });
    expect((await listVersions(await rig.session())).map((one) => one.state)).toEqual(['live', 'staging']);
    expect(await readStatus(await rig.session())).toMatchObject({
      staged: [],
      staging: [{ version: 2, base: 1, shards: 3, recorded: [1, 3], missing: [2] }],
    });
    const before = new Map(rig.objects);
    await expect(rig.activate({ to: 2 })).rejects.toMatchObject({
      code: 'STAGE_INCOMPLETE',
      exitCode: 4,
      message: expect.stringContaining('part 2 of 3 missing'),
      hint: expect.stringContaining('--shard 2/3'),
    });
    expect(rig.objects).toEqual(before);
    const second = await shard(rig, 2, 3);
    expect(second).toMatchObject({ version: 2, staged: true, shard: { recorded: [1, 2, 3], missing: [] } });
    const sent = [first, second, third].reduce((sum, { uploaded }) => sum + uploaded.files, 0);
    // Two of the five files have the same bytes, and one kept body is enough.
    expect(sent).toBe(4);
    expect(rig.served()).toEqual({ ...v1, 'app-QL7MZ3PB.js': '2' });
    expect(live(rig)).toMatchObject({ version: 1, next: 3, staged: [{ version: 2, base: 1 }] });
    expect(await readStatus(await rig.session())).toMatchObject({ staged: [{ version: 2 }], staging: [] });
    expect(await rig.activate({ to: 2 })).toMatchObject({ version: 2, uploaded: { files: 0 }, requests: { list: 1 } });
    expect(rig.served()).toMatchObject(v2);
    await rig.rollback();
    expect(rig.served()).toMatchObject(v1);
  });

  test('the records of all parts are merged, so that the next run looks at nothing', async () => {
    const rig = await deployed();
    for (const index of [1, 2, 3]) await shard(rig, index, 3);
    const receipt = await rig.activate({ to: 2 });
    // live, inventory, manifests, the lock, and no HEAD of an object.
    const plain = await deployed();
    await plain.deploy({ stage: true });
    expect(receipt.requests).toEqual((await plain.activate({ to: 2 })).requests);
  });

  test('a rerun of all with nothing left does nothing', async () => {
    const rig = await deployed();
    await shard(rig, 1, 2);
    expect(await shard(rig, 1, 2)).toMatchObject({ version: 2, requests: { write: 0 }, shard: { missing: [2] } });
    await shard(rig, 2, 2);
    for (const index of [1, 2]) {
      expect(await shard(rig, index, 2)).toMatchObject({ version: 2, staged: true, requests: { write: 0, copy: 0 } });
    }
    await rig.activate({ to: 2 });
    expect(await shard(rig, 1, 2)).toMatchObject({ version: 2, previous: 2, requests: { write: 0 } });
  });

  test('other files in a shard of the same run are exit 5 with the first difference, and write nothing', async () => {
    const rig = await deployed();
    await shard(rig, 1, 2);
    rig.setFiles({ ...v2, 'b.css': 'other', 'z.css': 'z' });
    const before = new Map(rig.objects);
    await expect(shard(rig, 2, 2)).rejects.toMatchObject({
      code: 'SHARDS_DIFFER',
      exitCode: 5,
      message: expect.stringMatching(/b\.css has sha256 [0-9a-f]{64} in shard 2\/2 and [0-9a-f]{64} in shard 1\/2/),
    });
    rig.setFiles({ ...v2, 'z.css': 'z' });
    await expect(shard(rig, 2, 2)).rejects.toThrow(/z\.css is only in shard 2\/2/);
    const { 'c.css': _, ...fewer } = v2;
    rig.setFiles(fewer);
    await expect(shard(rig, 2, 2)).rejects.toThrow(/c\.css is only in shard 1\/2/);
    rig.setFiles(v2);
    rig.options = { ...rig.options, headers: [{ match: ['**/*.css'], set: { 'x-robots-tag': 'none' } }] };
    await expect(shard(rig, 2, 2)).rejects.toThrow(
      /app\.css has the header x-robots-tag "none" in shard 2\/2 and null/,
    );
    expect(rig.objects).toEqual(before);
    rig.options = { ...rig.options, headers: [] };
    expect(await shard(rig, 2, 2)).toMatchObject({ version: 2, staged: true });
  });

  test('another CI run with other files is another version; the one that it leaves stays as it is', async () => {
    const rig = await deployed();
    await shard(rig, 1, 2, { pipeline: '7' });
    rig.setFiles(v3);
    expect(await shard(rig, 1, 2, { pipeline: '8' })).toMatchObject({ version: 3 });
    expect(await shard(rig, 2, 2, { pipeline: '8' })).toMatchObject({ version: 3, staged: true });
    await rig.activate({ to: 3 });
    expect(rig.served()).toMatchObject(v3);
    await expect(rig.activate({ to: 2 })).rejects.toMatchObject({ code: 'STAGE_INCOMPLETE' });
  });

  test('another run of the same files, split otherwise, goes on with the version and sends nothing twice', async () => {
    const rig = await deployed();
    const sent = [await shard(rig, 1, 3), await shard(rig, 2, 3)];
    for (const index of [1, 2]) sent.push(await shard(rig, index, 2, { pipeline: '8' }));
    expect(sent.at(-1)).toMatchObject({ version: 2, staged: true, shard: { missing: [] } });
    expect(sent.reduce((sum, { uploaded }) => sum + uploaded.files, 0)).toBe(4);
    await rig.activate({ to: 2 });
    expect(rig.served()).toMatchObject(v2);
  });

  test('shards that start together on an empty location agree on version 1', async () => {
    const rig = makeRig({ files: v2 });
    const receipts = await Promise.all([1, 2, 3].map((index) => shard(rig, index, 3)));
    expect(receipts.map(({ version }) => version)).toEqual([1, 1, 1]);
    expect(receipts.filter(({ staged }) => staged).length).toBeGreaterThan(0);
    expect(receipts.reduce((sum, { uploaded }) => sum + uploaded.files, 0)).toBe(4);
    expect(await rig.activate({ to: 1 })).toMatchObject({ version: 1, previous: null });
    expect(rig.served()).toEqual(v2);
  });

  test('a deploy beside a first stage keeps its own number, also one that was planned before', async () => {
    const rig = makeRig({ files: v2 });
    await shard(rig, 1, 2);
    rig.setFiles(v1);
    expect(await rig.deploy()).toMatchObject({ version: 2, previous: null });
    rig.setFiles(v2);
    expect(await shard(rig, 2, 2)).toMatchObject({ version: 1, staged: true });
    await expect(rig.activate({ to: 1 })).rejects.toMatchObject({ code: 'PLAN_STALE', exitCode: 5 });
    // Staged again, it is meant for beside what is live now.
    expect(await shard(rig, 2, 2)).toMatchObject({ version: 1, staged: true });
    await rig.activate({ to: 1 });
    expect(rig.served()).toMatchObject(v2);
    expect(await rig.rollback({ to: 2 })).toMatchObject({ version: 2 });
    expect(rig.served()).toMatchObject(v1);
  });

  test('after its version was live and left, the same files get another number', async () => {
    const rig = await deployed();
    for (const index of [1, 2]) await shard(rig, index, 2);
    await rig.activate({ to: 2 });
    await rig.rollback();
    expect(await shard(rig, 1, 2)).toMatchObject({ version: 3, shard: { recorded: [1], missing: [2] } });
    expect(await shard(rig, 2, 2)).toMatchObject({ version: 3, staged: true });
  });

  test('where another run holds the lock when the last part is there, it is a warning and activate does the rest', async () => {
    const rig = await deployed();
    await shard(rig, 1, 2);
    const lock = {
      format: 1,
      run: 'x',
      host: 'h',
      pid: 1,
      runUrl: 'https://ci.example/9',
      leaseMs: 3_600_000,
      released: false,
    };
    const other = await rig.session();
    const { writeState } = await import('../../../src/manifest/write-state.ts');
    const free = rig.objects.get('.waybill/lock');
    await writeState(
      other.state,
      '.waybill/lock',
      new TextEncoder().encode(JSON.stringify(lock)),
      undefined,
      other.call,
    );
    const receipt = await deploy(await rig.session({ lockTimeoutMs: 0 }), {
      ...applied,
      stage: true,
      shard: { index: 2, count: 2 },
    });
    expect(receipt).toMatchObject({ staged: true, warnings: [expect.stringContaining('activate')] });
    expect(live(rig).staged).toBeUndefined();
    rig.objects.set('.waybill/lock', free!);
    await rig.activate({ to: 2 });
    expect(rig.served()).toMatchObject(v2);
  });
});

test('of two shards with other files that start together, the one that began first stands', async () => {
  const memory = createMemoryOrigin({});
  // Neither sees the other before both have begun.
  let begun = 0;
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const origin: Origin = {
    ...memory,
    async write(object, call) {
      if (/stages\/[0-9a-f]{64}$/.test(object.key)) {
        if (++begun === 2) open();
        await opened;
      }
      return memory.write(object, call);
    },
  };
  const rigs = [v2, v3].map((files) => makeRig({ files, origin }));
  const ends = await Promise.allSettled(rigs.map((rig, i) => shard(rig, i + 1, 2)));
  const refused = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  expect(refused).toEqual([expect.objectContaining({ code: 'SHARDS_DIFFER', exitCode: 5 })]);
  const [won] = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  expect(won?.version).toBe(1);
  const loser = ends.findIndex((end) => end.status === 'rejected');
  rigs[loser]?.setFiles(loser === 0 ? v3 : v2);
  expect(await shard(rigs[loser] as Rig, loser + 1, 2)).toMatchObject({ version: 1, staged: true });
});

describe('prune beside a stage', () => {
  test('leaves a young one alone whatever it is told, and removes it with its documents once keep.staged is over', async () => {
    const rig = await deployed();
    await shard(rig, 1, 2);
    expect(await rig.prune({ keep: 1, olderThanMs: 0 })).toMatchObject({ removed: { versions: [] } });
    rig.clock = () => new Date(Date.now() + 6 * day);
    expect(await rig.prune({ keep: 1, olderThanMs: 0 })).toMatchObject({ removed: { versions: [] } });
    expect(await shard(rig, 2, 2)).toMatchObject({ version: 2, staged: true });
    rig.clock = () => new Date(Date.now() + 14 * day);
    expect(stageKeys(rig)).toHaveLength(3);
    expect(await rig.prune()).toMatchObject({ removed: { versions: [2] } });
    expect(stageKeys(rig)).toEqual([]);
    expect(rig.served()).toEqual(v1);
    rig.clock = () => new Date();
    expect(await shard(rig, 1, 1)).toMatchObject({ version: 3, staged: true });
  });

  test('removes the documents of a stage that was made live', async () => {
    const rig = await deployed();
    for (const index of [1, 2]) await shard(rig, index, 2);
    await rig.activate({ to: 2 });
    await rig.prune();
    expect(stageKeys(rig)).toEqual([]);
    expect(await rig.prune()).toMatchObject({ requests: { write: 0, remove: 0 } });
    expect(rig.served()).toMatchObject(v2);
  });

  test('what a prune took away while a shard counted on it is sent again before the version counts as staged', async () => {
    const rig = await deployed();
    await shard(rig, 1, 2);
    // As by a prune that had read the manifests before the stage was there.
    const lost = [...rig.objects.keys()].filter(
      (key) => key.startsWith('.waybill/objects/') || key.includes('QL7MZ3PB'),
    );
    expect(lost.length).toBeGreaterThan(0);
    for (const key of lost) rig.objects.delete(key);
    await shard(rig, 2, 2);
    await rig.activate({ to: 2 });
    expect(rig.served()).toMatchObject(v2);
  });
});

describe('a shard that breaks off', () => {
  test.each(['.waybill/objects/', '.waybill/stages/', '.waybill/inventory'])(
    'at %s is finished by running it again',
    async (place) => {
      const memory = createMemoryOrigin({});
      const objects = memory.objects;
      let isDown = false;
      const origin = createMemoryOrigin({
        objects,
        failOn: ({ kind, key }) => {
          if (isDown && kind === 'write' && key.startsWith(place)) throw new ProviderError('rejected', 'struck');
          return undefined;
        },
      });
      const rig = makeRig({ files: v1, origin });
      await rig.deploy();
      rig.setFiles(v2);
      await shard(rig, 1, 2);
      isDown = true;
      await expect(shard(rig, 2, 2)).rejects.toMatchObject({ exitCode: expect.any(Number) });
      isDown = false;
      expect(await shard(rig, 2, 2)).toMatchObject({ version: 2, staged: true });
      await rig.activate({ to: 2 });
      for (const [key, body] of Object.entries(v2)) {
        expect(new TextDecoder().decode(objects.get(key)?.bytes), key).toBe(body);
      }
    },
  );
});

describe.each(['ignored', 'refused'] as const)('on a store where conditions are %s', (conditions) => {
  test('shards that start together reserve one version, one after the other, and later ones need no lock for it', async () => {
    const weakLock = { writeWithinMs: 500, settleMs: 60 };
    const rig = makeRig({ files: v2, memory: { conditions }, weakLock, lockTimeoutMs: 10_000 });
    const receipts = await Promise.all([1, 2].map((index) => shard(rig, index, 3)));
    expect(receipts.map(({ version }) => version)).toEqual([1, 1]);
    rig.events.length = 0;
    expect(await shard(rig, 3, 3)).toMatchObject({ version: 1, staged: true });
    // Once, to put the parts together.
    expect(rig.events.filter(({ kind }) => kind === 'locked')).toHaveLength(1);
    await rig.activate({ to: 1 });
    expect(rig.served()).toEqual(v2);
  });
});
