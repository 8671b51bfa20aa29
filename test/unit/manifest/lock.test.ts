import { afterEach, describe, expect, test, vi } from 'vitest';
import { createMemoryOrigin } from '../../../providers/memory/origin.ts';
import { ProviderError } from '../../../src/errors/errors.ts';
import { acquireLock, breakLock, type LockOwner, viewLock } from '../../../src/manifest/lock.ts';
import type { Call } from '../../../src/provider/contract.ts';

const call: Call = { signal: new AbortController().signal };
const emit = () => undefined;

function owner(run: string, changes: Partial<LockOwner> = {}): LockOwner {
  return { run, hostname: `host-of-${run}`, pid: 1, isAlive: () => true, ...changes };
}

/** An origin with a clock of its own. */
function setUp() {
  const clock = { now: 1_000_000 };
  return { clock, origin: createMemoryOrigin({ clock: () => clock.now }) };
}

const noWait = { timeoutMs: 0, emit };

describe('lock', () => {
  test('one run holds it; the other is exit 5, told who holds it, and nothing is changed', async () => {
    const { origin } = setUp();
    await acquireLock(origin, owner('a', { runUrl: 'https://ci/1' }), noWait, call);
    await expect(acquireLock(origin, owner('b'), noWait, call)).rejects.toMatchObject({
      code: 'LOCK_HELD',
      exitCode: 5,
      message: expect.stringContaining('https://ci/1'),
      hint: expect.stringContaining('unlock'),
    });
  });

  test('it is released by a write and taken again at once', async () => {
    const { origin } = setUp();
    const lock = await acquireLock(origin, owner('a'), noWait, call);
    await lock.release();
    expect(await viewLock(origin, call)).toBeUndefined();
    expect(origin.objects.has('.waybill/lock')).toBe(true);
    await acquireLock(origin, owner('b'), noWait, call);
  });

  test('a waiting run gets it when the holder is done', async () => {
    const { origin } = setUp();
    const first = await acquireLock(origin, owner('a'), noWait, call);
    const second = acquireLock(origin, owner('b'), { timeoutMs: 5000, emit }, call);
    setTimeout(() => void first.release(), 100);
    await (await second).release();
  });

  test('of many that see it free, one gets it', async () => {
    const { origin } = setUp();
    const results = await Promise.allSettled(
      ['a', 'b', 'c', 'd'].map((run) => acquireLock(origin, owner(run), noWait, call)),
    );
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
  });

  test('a lease ages by the clock of the origin, not by ours', async () => {
    const { origin, clock } = setUp();
    await acquireLock(origin, owner('a'), noWait, call);
    clock.now += 29_000;
    await expect(acquireLock(origin, owner('b'), noWait, call)).rejects.toMatchObject({ code: 'LOCK_HELD' });
    clock.now += 2_000;
    await acquireLock(origin, owner('b'), noWait, call);
  });

  test('a dead process of this very host is taken over at once, one of another host is not', async () => {
    const { origin } = setUp();
    await acquireLock(origin, owner('a', { hostname: 'h', pid: 7 }), noWait, call);
    const dead = { isAlive: (pid: number) => pid !== 7 };
    await expect(acquireLock(origin, owner('b', dead), noWait, call)).rejects.toMatchObject({ code: 'LOCK_HELD' });
    const elsewhere = owner('d', { hostname: 'h', pidSpace: 'another container', ...dead });
    await expect(acquireLock(origin, elsewhere, noWait, call)).rejects.toMatchObject({ code: 'LOCK_HELD' });
    await acquireLock(origin, owner('c', { hostname: 'h', ...dead }), noWait, call);
  });

  test('a damaged lock document stops a run and is freed by unlock', async () => {
    const { origin } = setUp();
    const etag = 'by hand';
    origin.objects.set('.waybill/lock', {
      bytes: new Uint8Array(),
      etag,
      headers: {},
      visibility: 'private',
      writtenAt: 0,
    });
    await expect(acquireLock(origin, owner('a'), noWait, call)).rejects.toMatchObject({ code: 'STATE_DAMAGED' });
    expect(await breakLock(origin, call)).toEqual({ holder: 'an unreadable lock document' });
    await acquireLock(origin, owner('a'), noWait, call);
  });

  test('unlock frees it whoever holds it, and is content when nobody does', async () => {
    const { origin } = setUp();
    expect(await breakLock(origin, call)).toBeUndefined();
    await acquireLock(origin, owner('a', { hostname: 'h', pid: 7 }), noWait, call);
    expect(await breakLock(origin, call)).toMatchObject({ holder: 'process 7 on h' });
    expect(await breakLock(origin, call)).toBeUndefined();
    await acquireLock(origin, owner('b'), noWait, call);
  });

  test('a release after somebody took over leaves their lock alone', async () => {
    const { origin, clock } = setUp();
    const slow = await acquireLock(origin, owner('a'), noWait, call);
    clock.now += 40_000;
    await acquireLock(origin, owner('b'), noWait, call);
    await slow.release();
    expect(await viewLock(origin, call)).toMatchObject({ host: 'host-of-b' });
  });

  describe('renewal', () => {
    afterEach(() => vi.useRealTimers());

    test('the lease is renewed every 10 s, so that a long run keeps it', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
      const { origin, clock } = setUp();
      const lock = await acquireLock(origin, owner('a'), noWait, call);
      for (let seconds = 0; seconds < 120; seconds += 10) {
        clock.now += 10_000;
        await vi.advanceTimersByTimeAsync(10_000);
        lock.check();
      }
      expect((await viewLock(origin, call))?.ageMs).toBeLessThan(10_001);
      await lock.release();
    });

    test('a holder whose lease was taken over stops at its next check', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
      const { origin, clock } = setUp();
      const lock = await acquireLock(origin, owner('a'), noWait, call);
      clock.now += 31_000;
      const theirs = await acquireLock(origin, owner('b'), noWait, call);
      await vi.advanceTimersByTimeAsync(10_000);
      expect(() => lock.check()).toThrow(expect.objectContaining({ code: 'LOCK_LOST', exitCode: 5 }));
      theirs.check();
    });

    test('a holder that could not renew stops before others may take over', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
      let down = false;
      const origin = createMemoryOrigin({
        failOn: () => {
          if (down) throw new ProviderError('unavailable', 'no answer');
          return undefined;
        },
      });
      const lock = await acquireLock(origin, owner('a'), noWait, call);
      down = true;
      await vi.advanceTimersByTimeAsync(20_000);
      lock.check();
      await vi.advanceTimersByTimeAsync(6_000);
      expect(() => lock.check()).toThrow(expect.objectContaining({ code: 'LOCK_LOST' }));
    });
  });
});
