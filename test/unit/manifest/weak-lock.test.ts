import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createMemoryOrigin, type MemoryOrigin } from '../../../providers/memory/origin.ts';
import { acquireLock, type Lock, type LockOwner } from '../../../src/manifest/lock.ts';
import { emulateConditions } from '../../../src/provider/conditions.ts';
import type { Call, Origin } from '../../../src/provider/contract.ts';
import { retryOrigin } from '../../../src/provider/retry.ts';

const call: Call = { signal: new AbortController().signal };
const weak = { writeWithinMs: 100, settleMs: 220 };
const options = { timeoutMs: 0, emit: () => undefined, weak };

function owner(run: string): LockOwner {
  return { run, hostname: `host-of-${run}`, pid: 1, isAlive: () => true };
}

/** A store without conditions, as a run has it; each request takes up to `ms`, each way. */
function slow(memory: MemoryOrigin, ms: number): Origin {
  const late = () => sleep(Math.random() * ms);
  const origin: Origin = {
    ...memory,
    async read(key, c) {
      await late();
      const found = await memory.read(key, c);
      await late();
      return found;
    },
    async head(key, c) {
      await late();
      const found = await memory.head(key, c);
      await late();
      return found;
    },
    async write(object, c) {
      await late();
      const { ifMatch: _, ...free } = object;
      const written = await memory.write(free, { signal: new AbortController().signal });
      await late();
      c.signal.throwIfAborted();
      return written;
    },
  };
  return retryOrigin(
    emulateConditions(origin, () => ({ mustNotExist: false, ifMatch: false })),
    { budgetMs: 500 },
  );
}

describe('the lock of a store without conditional writes', () => {
  test('of five that see it free at once, never two get it', async () => {
    let wins = 0;
    for (let round = 0; round < 8; round++) {
      const memory = createMemoryOrigin({ conditions: 'ignored' });
      const results = await Promise.allSettled(
        ['a', 'b', 'c', 'd', 'e'].map((run) => acquireLock(slow(memory, 8), owner(run), options, call)),
      );
      const locks = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      expect(locks.length).toBeLessThanOrEqual(1);
      wins += locks.length;
      await Promise.all(locks.map((lock: Lock) => lock.release()));
    }
    expect(wins).toBe(8);
  }, 30_000);

  test('with conditions taken for granted, such a store would give it to several', async () => {
    const memory = createMemoryOrigin({ conditions: 'ignored' });
    const { weak: _, ...strong } = options;
    const results = await Promise.allSettled(
      ['a', 'b', 'c', 'd', 'e'].map((run) => acquireLock(memory, owner(run), strong, call)),
    );
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(1);
  });

  test('one that takes too long to write it gives it up', async () => {
    const memory = createMemoryOrigin({ conditions: 'ignored' });
    const late: Origin = {
      ...memory,
      write: async (object, c) => {
        await sleep(300, undefined, { signal: c.signal }).catch(() => c.signal.throwIfAborted());
        return memory.write(object, c);
      },
    };
    await expect(acquireLock(late, owner('a'), options, call)).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      message: expect.stringContaining('too long to write the lock'),
    });
    expect(memory.objects.has('.waybill/lock')).toBe(false);
  });

  test('a run that is stopped while it waits leaves it free', async () => {
    const memory = createMemoryOrigin({ conditions: 'ignored' });
    const stop = new AbortController();
    const reason = new Error('stop');
    setTimeout(() => stop.abort(reason), 120);
    const taking = acquireLock(slow(memory, 1), owner('a'), options, { signal: stop.signal });
    await expect(taking).rejects.toBe(reason);
    await (await acquireLock(slow(memory, 1), owner('b'), options, call)).release();
  });

  test('is held, released and taken over as any other', async () => {
    const clock = { now: 1_000_000 };
    const memory = createMemoryOrigin({ conditions: 'refused', clock: () => clock.now });
    const first = await acquireLock(slow(memory, 1), owner('a'), options, call);
    await expect(acquireLock(slow(memory, 1), owner('b'), options, call)).rejects.toMatchObject({ code: 'LOCK_HELD' });
    await first.release();
    const second = await acquireLock(slow(memory, 1), owner('b'), options, call);
    clock.now += 31_000;
    const third = await acquireLock(slow(memory, 1), owner('c'), options, call);
    third.check();
    await second.release();
    await expect(acquireLock(slow(memory, 1), owner('d'), options, call)).rejects.toMatchObject({
      message: expect.stringContaining('host-of-c'),
    });
  });
});
