import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createMemoryOrigin, type MemoryOrigin, type MemorySetup } from '../../../providers/memory/origin.ts';
import { ProviderError } from '../../../src/errors/errors.ts';
import { acquireLock, type LockOwner } from '../../../src/manifest/lock.ts';
import type { Call, Origin } from '../../../src/provider/contract.ts';
import { retryOrigin } from '../../../src/provider/retry.ts';

const call: Call = { signal: new AbortController().signal };
const noWait = { timeoutMs: 0, emit: () => undefined };

function owner(run: string): LockOwner {
  return { run, hostname: `host-of-${run}`, pid: 1, isAlive: () => true };
}

const lost = expect.objectContaining({ code: 'LOCK_LOST', exitCode: 5 });

/** An origin on the fake clock, as a run has it, whose writes behave as `onWrite` says. */
function setUp(failOn: MemorySetup['failOn'] = () => undefined): { memory: MemoryOrigin; origin: Origin } {
  const memory = createMemoryOrigin({ failOn, clock: () => performance.now() });
  return { memory, origin: retryOrigin(memory, { budgetMs: 0 }) };
}

async function pass(seconds: number): Promise<void> {
  for (let i = 0; i < seconds * 2; i++) await vi.advanceTimersByTimeAsync(500);
}

describe('a lease', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }));
  afterEach(() => void vi.useRealTimers());

  test('outlives a store that is away for ten seconds', async () => {
    let away = false;
    const { origin } = setUp(() => {
      if (away) throw new ProviderError('unavailable', 'no answer');
      return undefined;
    });
    const lock = await acquireLock(origin, owner('a'), noWait, call);
    away = true;
    await pass(19);
    lock.check();
    away = false;
    await pass(20);
    lock.check();
    await expect(acquireLock(origin, owner('b'), noWait, call)).rejects.toMatchObject({ code: 'LOCK_HELD' });
    await lock.release();
    await acquireLock(origin, owner('b'), noWait, call);
  });

  test('is not lost because the answer to a renewal is, nor what is asked after it', async () => {
    let isStruck = false;
    const struck: string[] = [];
    const { origin, memory } = setUp(({ kind }) => {
      if (!isStruck || struck.length >= 3) return undefined;
      struck.push(kind);
      // The first has its effect, and nothing is heard for a while.
      if (struck.length === 1) return new ProviderError('unavailable', 'no answer');
      throw new ProviderError('unavailable', 'no answer');
    });
    const lock = await acquireLock(origin, owner('a'), noWait, call);
    isStruck = true;
    await pass(12);
    isStruck = false;
    await pass(3);
    lock.check();
    expect(struck).toEqual(['write', 'head', 'write']);
    await pass(30);
    lock.check();
    await lock.release();
    expect(new TextDecoder().decode(memory.objects.get('.waybill/lock')?.bytes)).toContain('"released": true');
  });

  test('counts from the write, however late its answer is understood', async () => {
    let mode: 'fine' | 'lost' | 'away' | 'once' = 'fine';
    const { origin } = setUp(({ kind }) => {
      if (mode === 'away') throw new ProviderError('unavailable', 'no answer');
      if (mode === 'once' && kind === 'head') mode = 'away';
      if (mode !== 'lost' || kind !== 'write') return undefined;
      mode = 'away';
      return new ProviderError('unavailable', 'no answer');
    });
    const lock = await acquireLock(origin, owner('a'), noWait, call);
    mode = 'lost';
    // Written at 10 s and understood at 32 s: at 35 s others may soon take it over.
    await pass(31);
    mode = 'once';
    await pass(3);
    lock.check();
    expect(mode).toBe('away');
    await pass(2);
    expect(() => lock.check()).toThrow(lost);
  });

  test('is over when the machine slept, which the monotonic clock does not count', async () => {
    const { origin } = setUp();
    const lock = await acquireLock(origin, owner('a'), noWait, call);
    lock.check();
    vi.setSystemTime(Date.now() + 26_000);
    expect(() => lock.check()).toThrow(lost);
  });

  test('does not get longer when the clock is set back', async () => {
    let away = false;
    const { origin } = setUp(() => {
      if (away) throw new ProviderError('unavailable', 'no answer');
      return undefined;
    });
    const lock = await acquireLock(origin, owner('a'), noWait, call);
    away = true;
    vi.setSystemTime(Date.now() - 3_600_000);
    await pass(26);
    expect(() => lock.check()).toThrow(lost);
  });
});

test('a renewal over a dead connection is given up in time, and the next one takes another', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  try {
    const memory = createMemoryOrigin();
    let hangs = false;
    const aborted: unknown[] = [];
    const origin: Origin = {
      ...memory,
      async write(object, c) {
        if (!hangs) return memory.write(object, c);
        hangs = false;
        await new Promise<void>((resolve) => c.signal.addEventListener('abort', () => resolve()));
        aborted.push(c.signal.reason);
        throw c.signal.reason;
      },
    };
    const lock = await acquireLock(origin, owner('a'), noWait, call);
    hangs = true;
    await vi.advanceTimersByTimeAsync(10_000);
    vi.useRealTimers();
    // The deadline of a request is Node's own timer.
    for (let i = 0; i < 80 && aborted.length === 0; i++) await sleep(100);
    expect(aborted).toHaveLength(1);
    await lock.release();
  } finally {
    vi.useRealTimers();
  }
});
