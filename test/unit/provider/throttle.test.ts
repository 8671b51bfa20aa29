import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createMemoryOrigin } from '../../../providers/memory/origin.ts';
import { ProviderError } from '../../../src/errors/errors.ts';
import type { Call, Origin } from '../../../src/provider/contract.ts';
import { limitOrigin } from '../../../src/provider/limit.ts';
import { retryOrigin } from '../../../src/provider/retry.ts';
import { parseRetryAfter } from '../../../src/provider/retry-after.ts';
import { Throttle } from '../../../src/provider/throttle.ts';

const { signal } = new AbortController();
const call: Call = { signal };

describe('how many at once', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  const refuse = (throttle: Throttle, retryAfterMs?: number): void => {
    const place = throttle.now();
    vi.advanceTimersByTime(10);
    throttle.refused(place, retryAfterMs);
  };

  test('is halved each time that the store asks to slow down, and never falls below one', () => {
    const throttle = new Throttle(16);
    const limits = Array.from({ length: 6 }, () => {
      vi.advanceTimersByTime(10);
      refuse(throttle);
      return throttle.limit;
    });
    expect(limits).toEqual([8, 4, 2, 1, 1, 1]);
  });

  test('is halved once for all that were under way together', () => {
    const throttle = new Throttle(16);
    const places = Array.from({ length: 16 }, () => throttle.now());
    vi.advanceTimersByTime(10);
    for (const place of places) throttle.refused(place);
    expect(throttle.limit).toBe(8);
  });

  test('grows by one a second while the store takes what it gets, up to where it was', () => {
    const throttle = new Throttle(8);
    refuse(throttle);
    const limits = Array.from({ length: 7 }, () => {
      vi.advanceTimersByTime(1_000);
      for (let i = 0; i < 100; i++) throttle.succeeded();
      return throttle.limit;
    });
    expect(limits).toEqual([5, 6, 7, 8, 8, 8, 8]);
  });

  test('does not grow by time alone', () => {
    const throttle = new Throttle(8);
    refuse(throttle);
    vi.advanceTimersByTime(60_000);
    throttle.succeeded();
    expect(throttle.limit).toBe(4);
  });

  test('is none while a Retry-After lasts, for all', async () => {
    const throttle = new Throttle(8);
    refuse(throttle, 3_000);
    expect(throttle.tryEnter()).toBeUndefined();
    let entered = false;
    const entering = throttle.enter(signal).then(() => {
      entered = true;
    });
    await vi.advanceTimersByTimeAsync(2_900);
    expect(entered).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    await entering;
  });

  test('whoever waits for a place leaves when the run is stopped', async () => {
    const throttle = new Throttle(1);
    const stop = new AbortController();
    throttle.tryEnter();
    const waiting = throttle.enter(stop.signal);
    const next = throttle.enter(signal);
    stop.abort(new Error('stop'));
    await expect(waiting).rejects.toThrow('stop');
    throttle.leave();
    await next;
  });
});

/** An origin that takes `most` at once and refuses what comes above that. */
function crowded(most: number): Origin & { peak: number; refusals: number; answered: number } {
  const memory = createMemoryOrigin({ traits: { concurrency: 32 } });
  let running = 0;
  return {
    ...memory,
    peak: 0,
    refusals: 0,
    answered: 0,
    async head() {
      running++;
      this.peak = Math.max(this.peak, running);
      try {
        await sleep(5);
        if (running > most) {
          this.refusals++;
          throw new ProviderError('throttled', 'SlowDown');
        }
        this.answered++;
        return undefined;
      } finally {
        running--;
      }
    },
  };
}

test('a store that throttles gets fewer requests at once, and all of them get through', async () => {
  const store = crowded(4);
  const other = crowded(32);
  const origin = retryOrigin(limitOrigin(store), { budgetMs: 20_000 });
  const elsewhere = retryOrigin(limitOrigin(other), { budgetMs: 20_000 });
  const keys = Array.from({ length: 200 }, (_, i) => `k${i}`);
  await Promise.all(keys.flatMap((key) => [origin.head(key, call), elsewhere.head(key, call)]));
  expect(store.answered).toBe(200);
  // With 32 at once all the time, nearly every request would be refused, most of them several times.
  expect(store.refusals).toBeLessThan(100);
  expect(other).toMatchObject({ peak: 32, refusals: 0, answered: 200 });
}, 30_000);

test('a listing takes a place for each step and holds none for its reader', async () => {
  const memory = createMemoryOrigin({ traits: { concurrency: 1 } });
  const origin = limitOrigin(memory);
  memory.objects.set('a', { bytes: new Uint8Array(), etag: 'e', headers: {}, visibility: 'public', writtenAt: 0 });
  for await (const { key } of origin.list({ prefix: '' }, call)) expect((await origin.head(key, call))?.etag).toBe('e');
});

test('listings side by side keep to the limit too', async () => {
  let running = 0;
  let peak = 0;
  const memory = createMemoryOrigin({ traits: { concurrency: 3 } });
  const origin = limitOrigin({
    ...memory,
    async *list() {
      peak = Math.max(peak, ++running);
      await sleep(5);
      running--;
      yield* [];
    },
  });
  await Promise.all(
    Array.from({ length: 12 }, async () => {
      for await (const _ of origin.list({ prefix: '' }, call));
    }),
  );
  expect(peak).toBe(3);
});

describe('Retry-After', () => {
  test('is seconds, or a date by the clock of the answer', () => {
    expect(parseRetryAfter('120')).toBe(120_000);
    expect(parseRetryAfter('0')).toBe(0);
    const [date, later] = ['Wed, 21 Oct 2015 07:28:00 GMT', 'Wed, 21 Oct 2015 07:28:30 GMT'];
    expect(parseRetryAfter(later, date)).toBe(30_000);
    expect(parseRetryAfter(date, later)).toBe(0);
    for (const none of [undefined, '', 'soon', '-1', '12 apples']) expect(parseRetryAfter(none)).toBeUndefined();
  });

  test('is kept by all retries, which then do not come back in the same instant', async () => {
    const delays: number[] = [];
    let fails = 12;
    const memory = createMemoryOrigin({
      failOn: () => {
        if (fails-- > 0) throw new ProviderError('throttled', 'SlowDown', { retryAfterMs: 100 });
        return undefined;
      },
    });
    const policy = { budgetMs: 5_000, onRetry: ({ delayMs }: { delayMs: number }) => delays.push(delayMs) };
    const origin = retryOrigin(memory, policy);
    await Promise.all(Array.from({ length: 12 }, (_, i) => origin.head(`k${i}`, call)));
    expect(delays).toHaveLength(12);
    expect(Math.min(...delays)).toBeGreaterThan(100);
    expect(new Set(delays).size).toBeGreaterThan(6);
  });
});
