import { describe, expect, test } from 'vitest';
import { createMemoryOrigin, type MemoryObject, type MemoryOperation } from '../../../providers/memory/origin.ts';
import { ProviderError } from '../../../src/errors/errors.ts';
import { parseLive } from '../../../src/manifest/live.ts';
import { unlock } from '../../../src/status.ts';
import { createRecordingEdge, makeRig, type Rig } from '../../rig.ts';

const quick = { writeWithinMs: 500, settleMs: 600 };
const site = { 'index.html': 'one', 'logo.png': 'logo', 'app-3f9ab1c2.js': 'code' };

function liveOf(rig: Rig) {
  return parseLive(rig.objects.get('.waybill/live')?.bytes ?? new Uint8Array());
}

function warningsOf(rig: Rig): string[] {
  return rig.events.flatMap((event) => (event.kind === 'warning' ? [event.message] : []));
}

describe('an environment on a store that holds to conditions', () => {
  test('tries it out on the first deploy only, and says nothing', async () => {
    const probes: string[] = [];
    const failOn = ({ kind, key }: MemoryOperation): undefined => {
      if (key === '.waybill/probe') probes.push(kind);
    };
    const rig = makeRig({ files: site, memory: { failOn } });
    await rig.deploy();
    expect(liveOf(rig).conditions).toEqual({ mustNotExist: true, ifMatch: true });
    expect(probes.filter((kind) => kind === 'write')).toHaveLength(3);
    probes.length = 0;
    rig.setFiles({ ...site, 'index.html': 'two' });
    await rig.deploy();
    expect(liveOf(rig)).toMatchObject({ version: 2, conditions: { mustNotExist: true, ifMatch: true } });
    expect(probes).toEqual([]);
    expect(warningsOf(rig)).toEqual([]);
  });

  test('from before there was a probe: the next deploy makes it, one with nothing to do does not', async () => {
    const rig = makeRig({ files: site });
    await rig.deploy();
    const { conditions: _, ...old } = liveOf(rig);
    const stored = rig.objects.get('.waybill/live') as MemoryObject;
    rig.objects.set('.waybill/live', { ...stored, bytes: new TextEncoder().encode(JSON.stringify(old)) });
    rig.objects.delete('.waybill/probe');
    expect((await rig.deploy()).requests).toEqual({ list: 1, read: 3, write: 0, copy: 0, remove: 0 });
    expect(rig.objects.has('.waybill/probe')).toBe(false);
    rig.setFiles({ ...site, 'index.html': 'two' });
    await rig.deploy();
    expect(liveOf(rig).conditions).toEqual({ mustNotExist: true, ifMatch: true });
  });
});

describe.each(['ignored', 'refused'] as const)('an environment on a store where conditions are %s', (conditions) => {
  test('is deployed, deployed again and rolled back, and says what is weaker', async () => {
    const rig = makeRig({ files: site, memory: { conditions }, lockTimeoutMs: 60_000, weakLock: quick });
    await rig.deploy();
    expect(liveOf(rig).conditions).toEqual({ mustNotExist: false, ifMatch: false });
    expect(warningsOf(rig)).toEqual([expect.stringContaining('does not hold to conditions of writes')]);
    const none = await rig.deploy();
    expect(none.requests).toEqual({ list: 1, read: 3, write: 0, copy: 0, remove: 0 });
    rig.setFiles({ ...site, 'index.html': 'two' });
    expect(await rig.deploy()).toMatchObject({ version: 2 });
    expect(rig.served()).toEqual({ ...site, 'index.html': 'two' });
    expect(await rig.rollback()).toMatchObject({ version: 1 });
    expect(rig.served()).toEqual(site);
    expect(liveOf(rig)).toMatchObject({ version: 1, next: 3 });
  }, 90_000);
});

test('two deploys at once where conditions are ignored: one wins, the other has lost nothing', async () => {
  const objects = new Map<string, MemoryObject>();
  const rigs = [1, 2].map((n) =>
    makeRig({
      files: { ...site, 'index.html': `by ${n}` },
      memory: { objects, conditions: 'ignored' },
      lockTimeoutMs: 60_000,
    }),
  );
  const started = performance.now();
  const results = await Promise.allSettled(rigs.map((rig) => rig.deploy()));
  expect(performance.now() - started).toBeGreaterThan(10_000);
  const won = results.findIndex(({ status }) => status === 'fulfilled');
  expect(results[1 - won]).toMatchObject({ status: 'rejected', reason: { code: 'PLAN_STALE', exitCode: 5 } });
  const rig = rigs[won] as Rig;
  expect(liveOf(rig)).toMatchObject({ version: 1, next: 2 });
  expect(rig.served()['index.html']).toBe(`by ${won + 1}`);
}, 90_000);

test('a debt that is paid by a deploy with nothing to do is noted under the lock, where conditions are ignored', async () => {
  const edge = createRecordingEdge();
  edge.failing = new ProviderError('rejected', 'not yet');
  const events: string[] = [];
  const failOn = ({ kind, key }: MemoryOperation): undefined => {
    if (kind === 'write') events.push(key);
  };
  const rig = makeRig({ files: site, weakLock: quick, edges: [edge], memory: { conditions: 'ignored', failOn } });
  await expect(rig.deploy()).rejects.toMatchObject({ code: 'INVALIDATION_OWED' });
  edge.failing = undefined;
  events.length = 0;
  await rig.deploy();
  expect(liveOf(rig).owed).toEqual([]);
  expect(events.indexOf('.waybill/lock')).toBeLessThan(events.indexOf('.waybill/live'));
}, 90_000);

test('unlock works where conditional writes are refused', async () => {
  const memory = createMemoryOrigin({ conditions: 'refused' });
  const rig = makeRig({ files: site, origin: memory, lockTimeoutMs: 60_000, weakLock: quick });
  await rig.deploy();
  const stored = memory.objects.get('.waybill/lock') as MemoryObject;
  const held = JSON.stringify({ ...JSON.parse(new TextDecoder().decode(stored.bytes)), released: false });
  memory.objects.set('.waybill/lock', { ...stored, bytes: new TextEncoder().encode(held) });
  expect(await unlock(await rig.session())).toMatchObject({ released: true });
  expect(await unlock(await rig.session())).toEqual({ released: false });
}, 60_000);
