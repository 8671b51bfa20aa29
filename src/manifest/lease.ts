import { PlanError } from '../errors/errors.ts';
import type { Call, Origin } from '../provider/contract.ts';
import { isOfRun, type LockDocument, readLock, tryWriteLock } from './lock-document.ts';

export const leaseMs = 30_000;
const renewEveryMs = 10_000;
const tryAgainMs = 1_000;
/** One connection that hangs must not use up the lease: the request is given up, and the next one takes another. */
const requestMs = 5_000;
/** A holder stops before others may take over, with this much room for a slow request. */
const safetyMs = 5_000;

/** A lease on an environment. */
export interface Lock {
  /** Throws LOCK_LOST once the lease may have passed to somebody else. */
  check(): void;
  release(): Promise<void>;
}

/** A moment by two clocks: the monotonic one stands still while the machine sleeps, the other may be set back. */
export interface Moment {
  readonly steadyMs: number;
  readonly wallMs: number;
}

export function takeMoment(): Moment {
  return { steadyMs: performance.now(), wallMs: Date.now() };
}

export function sinceMs({ steadyMs, wallMs }: Moment): number {
  return Math.max(performance.now() - steadyMs, Date.now() - wallMs);
}

/**
 * Renews a lease from a timer until it is released; a renewal that loses the race marks it as lost at once. `since` is from before the write that
 * took it.
 */
export function holdLease(
  origin: Origin,
  mine: LockDocument,
  held: { readonly etag: string; readonly since: Moment },
): Lock {
  // The run's own signal must not stop renewals or the release, nor its fence: the lock is wanted until the end.
  const quiet = (): Call => ({ signal: AbortSignal.timeout(requestMs) });
  let { etag, since } = held;
  let lost = false;
  let released = false;
  let serial = 0;
  /** A renewal whose answer is not known. It is repeated as it is, so that what it wrote is recognized, and it counts from its first attempt. */
  let pending: { readonly document: LockDocument; readonly start: Moment } | undefined;
  let renewing: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  async function renew(): Promise<void> {
    pending ??= { document: { ...mine, run: `${mine.run}#${++serial}` }, start: takeMoment() };
    const { document, start } = pending;
    const next = await tryWriteLock(origin, document, etag, quiet());
    pending = undefined;
    if (next === undefined) lost = true;
    else [etag, since] = [next, start];
  }

  function plan(delayMs: number): void {
    timer = setTimeout(() => {
      renewing = renew()
        .then(
          () => renewEveryMs - sinceMs(since),
          () => tryAgainMs,
        )
        .then((nextMs) => {
          if (!released && !lost) plan(Math.max(0, nextMs));
        });
    }, delayMs);
    timer.unref();
  }
  plan(Math.max(0, renewEveryMs - sinceMs(since)));

  return {
    check() {
      if (!lost && sinceMs(since) < leaseMs - safetyMs) return;
      throw new PlanError('LOCK_LOST', `The lock of ${origin.name} was lost while the run went on`, {
        hint: 'Another run may have taken over: look at `waybill status`, then run again.',
      });
    },
    async release() {
      released = true;
      clearTimeout(timer);
      await renewing;
      if (lost) return;
      // A store that is down must not hold up the end of the run: the lease runs out by itself.
      const free = { ...mine, released: true };
      if (await tryWriteLock(origin, free, etag, quiet())) return;
      const found = await readLock(origin, quiet());
      if (found && isOfRun(found.document, mine.run)) await tryWriteLock(origin, free, found.etag, quiet());
    },
  };
}
