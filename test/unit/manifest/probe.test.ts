import { describe, expect, test } from 'vitest';
import { createMemoryOrigin, type MemorySetup } from '../../../providers/memory/origin.ts';
import { ProviderError } from '../../../src/errors/errors.ts';
import { probeConditions } from '../../../src/manifest/probe.ts';
import { makeBody } from '../../../src/provider/bytes.ts';
import { type Conditions, emulateConditions } from '../../../src/provider/conditions.ts';
import { limitOrigin } from '../../../src/provider/limit.ts';
import { retryOrigin } from '../../../src/provider/retry.ts';
import { openOnServer } from '../../providers/s3-open.ts';

const call = { signal: new AbortController().signal };
const policy = { budgetMs: 5_000 };

function memoryWith(setup: MemorySetup) {
  const memory = createMemoryOrigin(setup);
  return { memory, origin: retryOrigin(limitOrigin(memory), policy) };
}

describe('the probe', () => {
  test.each([
    ['held', true],
    ['ignored', false],
    ['refused', false],
  ] as const)('conditions that are %s', async (conditions, held) => {
    const { origin, memory } = memoryWith({ conditions });
    expect(await probeConditions(origin, 'n', call)).toEqual({ mustNotExist: held, ifMatch: held });
    expect([...memory.objects.keys()]).toEqual(['.waybill/probe']);
    expect(memory.objects.get('.waybill/probe')?.visibility).toBe('private');
  });

  test.each([
    ['S3 that holds to them', {}, true],
    ['Ceph, with its own etags', { unquotedEtags: true }, true],
    ['a store that ignores them', { ignoreConditions: true }, false],
    ['a store that answers 501', { refuseConditions: true }, false],
  ] as const)('%s', async (_, server, held) => {
    const opened = await openOnServer({ server });
    const origin = retryOrigin(limitOrigin(opened.origin), policy);
    expect(await probeConditions(origin, 'n', call)).toEqual({ mustNotExist: held, ifMatch: held });
  });

  test('runs that probe at the same time, and again, do not mislead each other', async () => {
    const { memory } = memoryWith({});
    for (let round = 0; round < 20; round++) {
      const found = await Promise.all(
        ['a', 'b', 'c'].map((run) => probeConditions(retryOrigin(memory, policy), `${run}${round}`, call)),
      );
      expect(found).toEqual(Array(3).fill({ mustNotExist: true, ifMatch: true }));
    }
  });

  test('lost answers do not mislead it', async () => {
    for (const conditions of ['held', 'ignored'] as const) {
      let writes = 0;
      const failOn: MemorySetup['failOn'] = ({ kind }) =>
        kind === 'write' && writes++ < 3 ? new ProviderError('unavailable', 'reset') : undefined;
      const { origin } = memoryWith({ conditions, failOn });
      const held = conditions === 'held';
      expect(await probeConditions(origin, 'n', call)).toEqual({ mustNotExist: held, ifMatch: held });
    }
  });

  test('a store that refuses writes altogether is not taken for one without conditions', async () => {
    const failOn: MemorySetup['failOn'] = () => {
      throw new ProviderError('rejected', 'no');
    };
    await expect(probeConditions(memoryWith({ failOn }).origin, 'n', call)).rejects.toMatchObject({ kind: 'rejected' });
  });

  test('keeps to one write of a key in so many milliseconds', async () => {
    const times: number[] = [];
    const { origin } = memoryWith({
      traits: { writeIntervalMs: 200 },
      failOn: ({ kind }) => {
        if (kind === 'write') times.push(performance.now());
        return undefined;
      },
    });
    await probeConditions(origin, 'n', call);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(gaps).toHaveLength(2);
    // Timers may fire a little early.
    for (const gap of gaps) expect(gap).toBeGreaterThan(195);
  });
});

describe('conditions that a store does not hold to', () => {
  const weak: Conditions = { mustNotExist: false, ifMatch: false };
  const spec = (text: string, ifMatch?: string | null) => {
    const body = makeBody(new TextEncoder().encode(text));
    const object = { key: 'k', sha256: body.sha256, size: body.size, headers: {}, visibility: 'public', body } as const;
    return ifMatch === undefined ? object : { ...object, ifMatch };
  };

  test.each(['ignored', 'refused'] as const)('%s: they are looked at instead, and not sent', async (conditions) => {
    const origin = emulateConditions(createMemoryOrigin({ conditions }), () => weak);
    const { etag } = await origin.write(spec('1', null), call);
    await expect(origin.write(spec('2', null), call)).rejects.toMatchObject({ kind: 'conflict' });
    const next = await origin.write(spec('2', etag), call);
    await expect(origin.write(spec('3', etag), call)).rejects.toMatchObject({ kind: 'conflict' });
    const { body: _, ...to } = spec('2', etag);
    await expect(origin.copy({ key: 'k', etag: next.etag }, to, call)).rejects.toMatchObject({ kind: 'conflict' });
  });

  test('a lost answer is success all the same', async () => {
    let lost = true;
    const failOn: MemorySetup['failOn'] = ({ kind }) => {
      if (kind !== 'write' || !lost) return undefined;
      lost = false;
      return new ProviderError('unavailable', 'reset');
    };
    const memory = createMemoryOrigin({ conditions: 'refused', failOn });
    const origin = retryOrigin(
      emulateConditions(memory, () => weak),
      policy,
    );
    const { etag } = await origin.write(spec('1', null), call);
    expect(etag).toBe(memory.objects.get('k')?.etag);
  });

  test('those that it does hold to are sent, without a look', async () => {
    const kinds: string[] = [];
    const failOn: MemorySetup['failOn'] = ({ kind }) => {
      kinds.push(kind);
      return undefined;
    };
    const origin = emulateConditions(createMemoryOrigin({ failOn }), () => ({ mustNotExist: true, ifMatch: false }));
    const { etag } = await origin.write(spec('1', null), call);
    await origin.write(spec('2', etag), call);
    expect(kinds).toEqual(['write', 'head', 'write']);
  });
});
