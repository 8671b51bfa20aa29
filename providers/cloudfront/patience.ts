import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderError } from '../../src/errors/errors.ts';
import type { Call } from '../../src/provider/contract.ts';
import { isPassing } from '../../src/provider/retry.ts';
import { isTooMany } from './errors.ts';

/**
 * How long CloudFront may take to complete an invalidation or to have room for one. Completion takes minutes, as a rule below two;
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Invalidation.html
 */
export const defaultWaitLimitMs = 15 * 60_000;

// The API itself throttles after some six quick calls (aws/aws-sdk-js#3983), hence no shorter first pause.
const firstPauseMs = 3_000;
const longestPauseMs = 30_000;
/** A `Retry-After` above it is looked at again in between. */
const longestAskedMs = 60_000;
const growth = 1.5;

/** Time as the edge sees it, so that tests need none. */
export interface Pacing {
  /** Resolves after `ms`, or rejects with `signal.reason`. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** 0 up to, not including, 1. */
  readonly random: () => number;
  readonly waitLimitMs: number;
}

export const realPacing: Pacing = {
  pause: async (ms, signal) => {
    await sleep(ms, undefined, { signal }).catch(() => undefined);
    signal.throwIfAborted();
  },
  now: () => performance.now(),
  random: Math.random,
  waitLimitMs: defaultWaitLimitMs,
};

/** Repeats `attempt` until it answers something; when the time is up, throws what it threw last, else what `late` makes. */
export type Wait = <T>(attempt: () => Promise<T | undefined>, late: () => ProviderError) => Promise<T>;

/**
 * The waiting of one `invalidate` call. Too many invalidations in progress are always waited out. Once it has paused, throttling and
 * outages are too: minutes may have passed, and the retry wrapper's budget with them.
 */
export function createWait(pacing: Pacing, call: Call): Wait {
  let paused = false;
  return async (attempt, late) => {
    const start = pacing.now();
    const end = start + pacing.waitLimitMs;
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * growth, longestPauseMs)) {
      let last: ProviderError | undefined;
      const answer = await attempt().catch((error: unknown) => {
        const isWaitedOut = error instanceof ProviderError && (isTooMany(error) || (paused && isPassing(error)));
        if (!isWaitedOut) throw error;
        last = error;
        return undefined;
      });
      if (answer !== undefined) return answer;
      if (pacing.now() >= end) throw last ?? late();
      // Jitter of a fifth, so that jobs that wait for one distribution do not ask in step.
      const jittered = pauseMs * (0.8 + 0.4 * pacing.random());
      const asked = Math.min(last?.retryAfterMs ?? 0, longestAskedMs);
      call.onWait?.(pacing.now() - start);
      await pacing.pause(Math.min(asked + jittered, Math.max(end - pacing.now(), 1)), call.signal);
      paused = true;
    }
  };
}
