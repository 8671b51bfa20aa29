import { describe, expect, test } from 'vitest';
import { type ApplyError, ProviderError } from '../../../src/errors/errors.ts';
import type { Live } from '../../../src/manifest/live.ts';
import type { Receipt } from '../../../src/receipt.ts';
import { createRecordingEdge, makeRig, type Rig } from '../../rig.ts';

const site = { 'index.html': 'home', 'app.css': 'a{}', 'app-5WLTJH4U.js': '1' };
const next = { 'index.html': 'home 2', 'app.css': 'b{}', 'app-QL7MZ3PB.js': '2' };

function live(rig: Rig): Live {
  return JSON.parse(new TextDecoder().decode(rig.objects.get('.waybill/live')?.bytes)) as Live;
}

function writeLive(rig: Rig, change: (live: Record<string, unknown>) => void): void {
  const document = live(rig) as unknown as Record<string, unknown>;
  change(document);
  const object = rig.objects.get('.waybill/live');
  if (object) {
    rig.objects.set('.waybill/live', {
      ...object,
      bytes: new TextEncoder().encode(JSON.stringify(document)),
      etag: 'by hand',
    });
  }
}

describe('state at the origin', () => {
  test.each([
    ['another project', (doc: Record<string, unknown>) => (doc.project = 'other'), 'STATE_FOREIGN'],
    ['a newer format', (doc: Record<string, unknown>) => (doc.format = 2), 'STATE_NEWER'],
    ['a damaged document', (doc: Record<string, unknown>) => (doc.version = 'x'), 'STATE_DAMAGED'],
    ['a version whose manifest is gone', (doc: Record<string, unknown>) => (doc.version = 7), 'STATE_DAMAGED'],
  ])('%s is exit 4 and never a first deploy', async (_, change, code) => {
    const rig = makeRig({ files: site });
    await rig.deploy();
    writeLive(rig, change);
    const before = new Map(rig.objects);
    await expect(rig.deploy()).rejects.toMatchObject({ code, exitCode: 4 });
    expect(rig.objects).toEqual(before);
  });

  test('versions without a live document are exit 4', async () => {
    const rig = makeRig({ files: site });
    await rig.deploy();
    rig.objects.delete('.waybill/live');
    await expect(rig.deploy()).rejects.toMatchObject({ code: 'STATE_DAMAGED', exitCode: 4 });
  });

  test('an environment nested below the prefix is exit 4', async () => {
    const rig = makeRig({ files: site });
    await rig.deploy();
    const object = rig.objects.get('.waybill/live');
    if (object) rig.objects.set('app/.waybill/live', object);
    await expect(rig.deploy()).rejects.toMatchObject({ code: 'LOCATION_SHARED', exitCode: 4 });
  });
});

describe('plans', () => {
  test('trap 12: planning writes nothing, on an origin that throws on writes', async () => {
    const rig = makeRig({
      files: site,
      memory: {
        failOn: ({ kind }) => {
          if (kind === 'write' || kind === 'copy' || kind === 'remove') throw new Error('written by a plan');
          return undefined;
        },
      },
    });
    const { plan } = await rig.plan();
    expect(plan.summary).toMatchObject({ upload: 3, copy: 0 });
    expect(rig.objects.size).toBe(0);
  });

  test('equal inputs give equal digests; another byte, header or base another one', async () => {
    const rig = makeRig({ files: site });
    const first = (await rig.plan()).plan.digest;
    expect((await rig.plan()).plan.digest).toBe(first);
    rig.setFiles({ ...site, 'app.css': 'z{}' });
    expect((await rig.plan()).plan.digest).not.toBe(first);
    rig.setFiles(site);
    await rig.deploy({ expect: first });
    expect((await rig.plan()).plan.digest).not.toBe(first);
  });

  test('--expect of another plan is exit 5 and writes nothing', async () => {
    const rig = makeRig({ files: site });
    const { digest } = (await rig.plan()).plan;
    rig.setFiles(next);
    await expect(rig.deploy({ expect: digest })).rejects.toMatchObject({ code: 'PLAN_STALE', exitCode: 5 });
    expect(rig.objects.size).toBe(0);
  });

  test('limits: a share above the limit is exit 4 with the numbers; the floor and --allow-large let it pass', async () => {
    const rig = makeRig({ files: site, limits: { changedShare: 0.5, floor: 1 } });
    await rig.deploy();
    rig.setFiles(next);
    await expect(rig.deploy()).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      exitCode: 4,
      message: expect.stringContaining('3 of 3'),
      hint: expect.stringContaining('--allow-large'),
    });
    rig.options = { ...rig.options, limits: { changedShare: 0.5, floor: 3 } };
    await rig.plan();
    rig.options = { ...rig.options, limits: { changedShare: 0.5, floor: 1 } };
    expect((await rig.deploy({ allowLarge: true })).version).toBe(2);
  });
});

describe('other limits', () => {
  const many = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`a${i}.css`, String(i)]));

  test.each([
    [
      'removed share',
      { removedShare: 0.1 },
      { 'a0.css': '0' },
      /9 of 10 live files of test would vanish: 90 %.*removedShare is 10 %/,
    ],
    [
      'file size',
      { fileSize: 3 },
      { ...many, 'big.css': 'xxxx' },
      /1 file for test above limits.fileSize, which is 3 bytes: big.css \(4 bytes\)/,
    ],
    [
      'total size',
      { totalSize: 12 },
      { ...many, 'more.css': 'xxx' },
      /The 11 files for test have 13 bytes, and limits.totalSize is 12/,
    ],
    ['a required path', { required: ['a9.css'] }, { 'a0.css': 'x' }, /No file of this version is a9.css/],
    [
      'a required glob',
      { required: ['a*.css', 'docs/**'] },
      { ...many, 'b.css': '' },
      /No file of this version is docs\/\*\*,/,
    ],
  ])(
    '%s: exit 4 with the numbers and the flag that lifts it, and nothing is written',
    async (_, limits, files, message) => {
      const rig = makeRig({ files: many });
      await rig.deploy();
      rig.options = { ...rig.options, limits };
      rig.setFiles(files);
      const before = new Map(rig.objects);
      await expect(rig.deploy()).rejects.toMatchObject({
        code: 'LIMIT_EXCEEDED',
        exitCode: 4,
        message: expect.stringMatching(message),
        hint: expect.stringContaining('--allow-large'),
      });
      expect(rig.objects).toEqual(before);
      expect(await rig.deploy({ allowLarge: true })).toMatchObject({ version: 2 });
    },
  );

  test('what stays below all limits passes, and a first deploy is held to sizes and required paths', async () => {
    const limits = { changedShare: 0.2, removedShare: 0.2, fileSize: 9, totalSize: 99, required: ['**/*.css'] };
    const rig = makeRig({ files: many, limits });
    await rig.deploy();
    rig.setFiles({ ...many, 'a0.css': 'x' });
    expect(await rig.deploy()).toMatchObject({ version: 2 });
    const first = makeRig({ files: many, limits: { fileSize: 0 } });
    await expect(first.deploy()).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(first.objects.size).toBe(0);
  });
});

describe('races', () => {
  test('two deploys that planned on the same version: one wins, the other is exit 5 and nothing is lost', async () => {
    const rig = makeRig({ files: site, lockTimeoutMs: 5000 });
    await rig.deploy();
    rig.setFiles(next);
    const results = await Promise.allSettled([rig.deploy(), rig.deploy()]);
    const lost = results.filter((result) => result.status === 'rejected');
    expect(lost).toHaveLength(1);
    expect(lost[0]?.reason).toMatchObject({ code: 'PLAN_STALE', exitCode: 5 });
    expect(live(rig)).toMatchObject({ version: 2, next: 3 });
    expect(rig.served()).toMatchObject(next);
  });

  test('with --replan the loser plans anew and finds nothing left to do', async () => {
    const rig = makeRig({ files: site, lockTimeoutMs: 5000 });
    await rig.deploy();
    rig.setFiles(next);
    const receipts = await Promise.all([rig.deploy({ replan: true }), rig.deploy({ replan: true })]);
    expect(receipts.map((receipt) => receipt.version)).toEqual([2, 2]);
    expect(live(rig).next).toBe(3);
  });
});

test('a commit noted by a run with nothing to do does not stop the deploy that holds the lock', async () => {
  let interfere = false;
  const rig = makeRig({
    files: site,
    memory: {
      failOn: ({ kind, key }) => {
        if (!interfere || kind !== 'write' || key !== 'app-QL7MZ3PB.js') return undefined;
        interfere = false;
        writeLive(rig, (document) => Object.assign(document, { commit: 'noted', commitTime: '2026-01-01T00:00:00Z' }));
        return undefined;
      },
    },
  });
  await rig.deploy();
  rig.setFiles(next);
  interfere = true;
  expect((await rig.deploy()).version).toBe(2);
  expect(rig.served()).toMatchObject(next);
});

describe('failures', () => {
  test('trap 3: an edge that refuses leaves the version live and the invalidation owed (exit 3); the next deploy pays first', async () => {
    const edge = createRecordingEdge();
    const rig = makeRig({ files: site, edges: [edge] });
    await rig.deploy();
    rig.setFiles(next);
    edge.taken.length = 0;
    edge.failing = new ProviderError('rejected', 'no such distribution');
    const error = await rig.deploy().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'INVALIDATION_OWED', exitCode: 3 });
    expect((error as ApplyError).receipt).toMatchObject({ version: 2, owed: [{ items: ['/static/app.css'] }, {}] });
    expect(live(rig)).toMatchObject({ version: 2, owed: [{ version: 2 }, { version: 2 }] });
    edge.failing = undefined;
    const receipt = await rig.deploy();
    expect(receipt).toMatchObject({ version: 2, owed: [], uploaded: { files: 0 } });
    expect(edge.taken.flat().sort()).toEqual(['/static', '/static/', '/static/app.css', '/static/index.html']);
    expect(live(rig).owed).toEqual([]);
  });

  test('refused at the very first write is the provider error itself; later it is exit 3 with the receipt', async () => {
    let failAt = '.waybill/lock';
    const rig = makeRig({
      files: site,
      memory: {
        failOn: ({ kind, key }) => {
          if (kind === 'write' && key === failAt) throw new ProviderError('auth', 'access denied');
          return undefined;
        },
      },
    });
    await expect(rig.deploy()).rejects.toMatchObject({ code: 'PROVIDER_AUTH', exitCode: 6 });
    failAt = 'app.css';
    const error = (await rig.deploy().catch((caught: unknown) => caught)) as ApplyError;
    expect(error).toMatchObject({
      code: 'APPLY_FAILED',
      exitCode: 3,
      message: expect.stringContaining('Visitors still see'),
    });
    expect(error.receipt as Receipt).toMatchObject({ failed: { code: 'PROVIDER_AUTH' }, uploaded: { files: 1 } });
    failAt = '';
    expect(await rig.deploy()).toMatchObject({ version: 1, uploaded: { files: 2 } });
  });
});

const failing = (index: number, lost: boolean) => {
  let count = 0;
  return () => {
    if (count++ !== index) return undefined;
    const error = new ProviderError('rejected', `operation ${index} fails`);
    if (lost) return error;
    throw error;
  };
};

describe.each([
  ['fails', false],
  ['answers with an error after it took effect', true],
])('trap 1: whichever operation of a deploy %s', (_, lost) => {
  test('stable keys serve the old or the new bytes, a rerun finishes, and a rollback undoes', async () => {
    let struck = 0;
    for (let index = 0; ; index++) {
      const edge = createRecordingEdge();
      let strike: () => Error | undefined = () => undefined;
      const rig = makeRig({ files: site, edges: [edge], memory: { failOn: () => strike() } });
      await rig.deploy();
      rig.setFiles(next);
      strike = failing(index, lost);
      const error = await rig.deploy().then(
        () => undefined,
        (caught: unknown) => caught,
      );
      strike = () => undefined;
      if (error) struck++;
      else if (index > 40) break;
      const served = rig.served();
      for (const key of ['index.html', 'app.css'] as const) expect([site[key], next[key]]).toContain(served[key]);
      expect(served['app-5WLTJH4U.js']).toBe('1');
      const version = live(rig).version;
      if (version === 2) expect(served).toMatchObject(next);
      if (index % 2 === 0) {
        await rig.deploy();
        expect(rig.served()).toMatchObject(next);
        expect(live(rig)).toMatchObject({ version: 2, owed: [] });
        expect(live(rig).applying).toBeUndefined();
        expect(edge.taken.flat()).toEqual(
          expect.arrayContaining(['/static/app.css', '/static/index.html', '/static/']),
        );
        expect((await rig.deploy()).requests.write).toBe(0);
      } else if (version === 1 && !live(rig).applying) {
        await expect(rig.rollback()).rejects.toMatchObject({ code: 'NOTHING_LIVE' });
      } else {
        await rig.rollback();
        expect(rig.served()).toMatchObject(site);
        expect(live(rig)).toMatchObject({ version: 1, owed: [] });
        expect(live(rig).applying).toBeUndefined();
      }
    }
    expect(struck).toBeGreaterThan(15);
  });
});
