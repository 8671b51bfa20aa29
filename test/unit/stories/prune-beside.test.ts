import { describe, expect, test } from 'vitest';
import { createMemoryOrigin, type MemoryObject } from '../../../providers/memory/origin.ts';
import { deploy, planDeploy } from '../../../src/deploy.ts';
import type { Draft } from '../../../src/draft.ts';
import { execute } from '../../../src/execute.ts';
import { parseManifest } from '../../../src/manifest/codec.ts';
import type { Live } from '../../../src/manifest/live.ts';
import type { Origin } from '../../../src/provider/contract.ts';
import { prune } from '../../../src/prune.ts';
import { planRollback, rollback } from '../../../src/rollback.ts';
import type { Session } from '../../../src/session.ts';
import { makeRig, type Rig } from '../../rig.ts';

const applied = { wait: 'submitted', waitTimeoutMs: 1000, confirm: async () => {} } as const;
const scope = { ...applied, keep: 1, olderThanMs: 0 } as const;

const hashed = ['app-5WLTJH4U.js', 'app-QL7MZ3PB.js', 'app-7XK2M4ND.js', 'app-HT6VW2RM.js'];
const sites = hashed.map((name, index) => ({
  'index.html': `${index}`,
  [name]: name,
  [`old-${index}.css`]: `${index}`,
}));

async function deployAll(): Promise<Rig> {
  const rig = makeRig({ files: {}, lockTimeoutMs: 10_000 });
  for (const files of sites) {
    rig.setFiles(files);
    await rig.deploy();
  }
  return rig;
}

function live(rig: Rig): Live {
  return JSON.parse(new TextDecoder().decode(rig.objects.get('.waybill/live')?.bytes)) as Live;
}

function expectWhole(rig: Rig): void {
  const { version } = live(rig);
  const { files = [] } = parseManifest(rig.objects.get(`.waybill/versions/${version}`)?.bytes as Uint8Array, version);
  for (const { key, sha256 } of files) expect(rig.objects.get(key)?.sha256, key).toBe(sha256);
}

/** Lets `parties` runs go on together once each of them has planned and asks for the lock. */
function gated(objects: Map<string, MemoryObject>, parties: number): Origin {
  const origin = createMemoryOrigin({ objects });
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  let waiting = 0;
  return {
    ...origin,
    async read(key, call) {
      if (key === '.waybill/lock' && waiting < parties) {
        if (++waiting === parties) open();
        await opened;
      }
      return origin.read(key, call);
    },
  };
}

describe('a prune that comes between the plan and the lock', () => {
  const needsOld = { 'index.html': 'back', [hashed[0] as string]: hashed[0] as string };

  test('of a deploy that found an old file in place: exit 5, and anew it is sent again', async () => {
    const rig = await deployAll();
    rig.setFiles(needsOld);
    const session = await rig.session();
    const draft = await planDeploy(session, {});
    // The plan relies on what version 1 has left.
    expect(draft.plan.summary).toMatchObject({ upload: 1, unchanged: 1 });
    await rig.prune(scope);
    await expect(execute(session, draft, applied)).rejects.toMatchObject({ code: 'PLAN_STALE', exitCode: 5 });
    expectWhole(rig);
    expect((await rig.deploy({ replan: true })).uploaded.files).toBe(2);
    expect(rig.served()).toMatchObject(needsOld);
  });

  test('of a deploy, when the prune itself broke off after the first removal', async () => {
    const rig = await deployAll();
    rig.setFiles(needsOld);
    const session = await rig.session();
    const draft = await planDeploy(session, {});
    let removals = 0;
    rig.options = {
      ...rig.options,
      origin: createMemoryOrigin({
        objects: rig.objects,
        failOn: ({ kind }) => {
          if (removals > 0) throw new Error('killed');
          if (kind === 'remove') removals++;
          return undefined;
        },
      }),
    };
    await expect(rig.prune(scope)).rejects.toThrow();
    const { origin: _, ...options } = rig.options;
    rig.options = options;
    await expect(execute({ ...session, lockTimeoutMs: 0 } as Session, draft, applied)).rejects.toMatchObject({
      exitCode: 5,
    });
    rig.objects.delete('.waybill/lock');
    await expect(execute(session, draft, applied)).rejects.toMatchObject({ code: 'PLAN_STALE' });
    expect((await rig.deploy({ trustManifest: true })).version).toBe(5);
    expectWhole(rig);
  });

  test('of a deploy that was planned after the prune had begun, and before it removed anything', async () => {
    const rig = await deployAll();
    const objects = rig.objects as Map<string, MemoryObject>;
    const memory = createMemoryOrigin({ objects });
    rig.setFiles(needsOld);
    const session = await rig.session();
    const drafts: Draft[] = [];
    const remove: Origin['remove'] = async (keys, call) => {
      if (drafts.length === 0) drafts.push(await planDeploy(session, {}));
      return memory.remove(keys, call);
    };
    rig.options = { ...rig.options, origin: { ...memory, remove } };
    await rig.prune(scope);
    expect(drafts[0]?.plan.summary).toMatchObject({ upload: 1, unchanged: 1 });
    await expect(execute(session, drafts[0] as Draft, applied)).rejects.toMatchObject({ code: 'PLAN_STALE' });
    expectWhole(rig);
  });

  test('of a rollback to a version that goes: exit 5, and then there is no such version', async () => {
    const rig = await deployAll();
    const session = await rig.session();
    const draft = await planRollback(session, { to: 1 });
    await rig.prune(scope);
    await expect(execute(session, draft, applied)).rejects.toMatchObject({ code: 'PLAN_STALE' });
    await expect(rig.rollback({ to: 1, replan: true })).rejects.toMatchObject({ code: 'VERSION_UNKNOWN' });
    expectWhole(rig);
  });
});

describe('side by side, both planned and waiting for the lock', () => {
  test.each(Array.from({ length: 6 }, (_, round) => round))(
    'a deploy that needs an old file, round %i',
    async (round) => {
      const rig = await deployAll();
      const wanted = { 'index.html': `back ${round}`, [hashed[0] as string]: hashed[0] as string };
      rig.setFiles(wanted);
      rig.options = { ...rig.options, origin: gated(rig.objects, 2) };
      const runs = [
        async () => deploy(await rig.session(), { ...applied, replan: true }),
        async () => prune(await rig.session(), scope),
      ];
      if (round % 2 === 1) runs.reverse();
      await Promise.all(runs.map((run) => run()));
      expectWhole(rig);
      expect(live(rig).version).toBe(5);
      expect(rig.served()).toMatchObject(wanted);
      // The deploy may come first or last: the version before is there either way.
      await rig.rollback({ to: 4 });
      expect(rig.served()).toMatchObject(sites[3] as object);
    },
  );

  test.each(Array.from({ length: 6 }, (_, round) => round))('a rollback to an old version, round %i', async (round) => {
    const rig = await deployAll();
    rig.options = { ...rig.options, origin: gated(rig.objects, 2) };
    const runs: (() => Promise<unknown>)[] = [
      async () => rollback(await rig.session(), { ...applied, to: 1 }),
      async () => prune(await rig.session(), scope),
    ];
    if (round % 2 === 1) runs.reverse();
    const ends = await Promise.allSettled(runs.map((run) => run()));
    const [back] = round % 2 === 1 ? [...ends].reverse() : ends;
    expectWhole(rig);
    if (back?.status === 'rejected') {
      expect(back.reason).toMatchObject({ code: 'PLAN_STALE' });
      expect(live(rig).version).toBe(4);
    } else {
      expect(rig.served()).toMatchObject(sites[0] as object);
      await rig.rollback({ to: 4 });
    }
    expect(rig.served()).toMatchObject(sites[3] as object);
  });

  test('two prunes: one does it, the other finds nothing left', async () => {
    const rig = await deployAll();
    rig.options = { ...rig.options, origin: gated(rig.objects, 2) };
    const run = async () => prune(await rig.session(), scope);
    const receipts = await Promise.all([run(), run()]);
    expect(receipts.map(({ removed }) => removed.versions.length).sort()).toEqual([0, 2]);
    expectWhole(rig);
  });
});
