import { describe, expect, test } from 'vitest';
import { Growth } from '../../../src/provider/growth.ts';

interface Store {
  /** How long an operation takes when so many are under way, in milliseconds. */
  readonly latencyMs: (running: number) => number;
  readonly bytes?: number;
}

const start = 64;
const most = 256;

/** Runs in virtual time with an operation waiting for every place; gives the limit after each millisecond with an end in it. */
function simulate({ latencyMs, bytes = 1_000 }: Store, forMs: number): { limits: number[]; done: number } {
  const growth = new Growth(start, most);
  const ends: number[] = [];
  const limits: number[] = [];
  let limit = start;
  let done = 0;
  for (let now = 0; now < forMs; ) {
    while (ends.length < limit) {
      // A little apart, as operations are.
      ends.push(now + latencyMs(limit) * (1 + (ends.length % 7) / 100));
    }
    ends.sort((a, b) => b - a);
    now = ends.pop() ?? now;
    done++;
    limit = growth.next(limit, bytes, now);
    limits.push(limit);
  }
  return { limits, done };
}

describe('how many at once pay', () => {
  test('a far store gets more and more, up to the bound, and soon', () => {
    const { limits, done } = simulate({ latencyMs: () => 30 }, 1_000);
    expect(limits.at(-1)).toBe(most);
    expect(Math.max(...limits)).toBe(most);
    // With 64 at once it would be 2,100.
    expect(done).toBeGreaterThan(5_000);
  });

  test('a store that is busy gets twice as many for a moment, and then as many as before', () => {
    const { limits } = simulate({ latencyMs: (running) => running * 0.5 }, 900);
    expect(Math.max(...limits)).toBe(2 * start);
    expect(limits.at(-1)).toBe(start);
  });

  test('a line that is full gets no more, however large the bodies', () => {
    const { limits } = simulate({ latencyMs: (running) => running * 8, bytes: 10 ** 6 }, 20_000);
    expect(Math.max(...limits)).toBe(2 * start);
    expect(limits.filter((limit) => limit > start).length).toBeLessThan(limits.length / 2);
  });

  test('as many as bring something: the knee of a store that takes 128', () => {
    const { limits } = simulate({ latencyMs: (running) => Math.max(30, (running * 30) / 128) }, 1_000);
    expect(limits.at(-1)).toBe(128);
  });

  test('what did not pay is tried again, and less and less often', () => {
    const { limits } = simulate({ latencyMs: (running) => running * 0.5 }, 60_000);
    const steps = limits.filter((limit, at) => limit > start && limits[at - 1] === start).length;
    expect(steps).toBeGreaterThanOrEqual(3);
    expect(steps).toBeLessThanOrEqual(8);
  });

  test('a place that nobody waits for proves nothing', () => {
    const growth = new Growth(4, most);
    let limit = 4;
    for (let now = 0; now < 10_000; now += 10) {
      limit = growth.next(limit, 0, now);
      if (now % 50 === 0) growth.rest(limit);
    }
    expect(limit).toBe(4);
  });
});
