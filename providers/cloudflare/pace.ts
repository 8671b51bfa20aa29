import { setTimeout as sleep } from 'node:timers/promises';
import type { Call } from '../../src/provider/contract.ts';
import type { Rate } from './limits.ts';

/** Time as the edge sees it, so that tests need none. */
export interface Pacing {
  /** Resolves after `ms`, or rejects with `signal.reason`. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

export const realPacing: Pacing = {
  pause: async (ms, signal) => {
    await sleep(ms, undefined, { signal }).catch(() => undefined);
    signal.throwIfAborted();
  },
  now: () => performance.now(),
};

/** Takes `count` tokens of a bucket, and waits until they are there. */
export type Take = (count: number, call: Call) => Promise<void>;

/**
 * Keeps our own requests within a rate, so that a large deploy does not have to be told. The bucket is the account's, so others may have
 * emptied it: that is a 429, and the retry wrapper's to wait out.
 */
export function createBucket({ perSecond, burst }: Rate, { pause, now }: Pacing): Take {
  let tokens = burst;
  let at = now();
  let waitedMs = 0;
  return async (count, call) => {
    const start = now();
    tokens = Math.min(burst, tokens + ((start - at) / 1000) * perSecond) - count;
    at = start;
    // Below zero is what was promised to those who came before.
    if (tokens >= 0) return;
    call.onWait?.(waitedMs);
    const ms = (-tokens / perSecond) * 1000;
    waitedMs += ms;
    await pause(ms, call.signal);
  };
}
