import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderError } from '../errors/errors.ts';
import type { Call, Origin } from '../provider/contract.ts';
import { type Moment, sinceMs, takeMoment } from './lease.ts';
import { type FoundLock, isOfRun, type LockDocument, readLock, tryWriteLock } from './lock-document.ts';

/** In milliseconds; tests make them shorter. */
export interface WeakTiming {
  /** From before the lock was found free until the write must have been answered, else it is given up. */
  readonly writeWithinMs: number;
  /** From that answer until the lock is read again. */
  readonly settleMs: number;
}

/**
 * Whoever found the lock free writes it within 5 s or not at all. So 10 s after one's own write nobody's is still on its way, with as much again for
 * one that was given up and arrives all the same; whose document is there then has the lock.
 */
export const weakTiming: WeakTiming = { writeWithinMs: 5_000, settleMs: 10_000 };

/**
 * Takes a lock where writes cannot be conditional: write, wait, read again. Gives its etag, or `undefined` when another run wrote later.
 * `since` is from before `found` was read.
 */
export async function takeWeakly(
  origin: Origin,
  mine: LockDocument,
  found: FoundLock | undefined,
  { since, timing }: { readonly since: Moment; readonly timing: WeakTiming },
  call: Call,
): Promise<{ readonly etag: string; readonly since: Moment } | undefined> {
  const leftMs = timing.writeWithinMs - sinceMs(since);
  if (leftMs <= 0) throw tooSlow(origin);
  const deadline = AbortSignal.timeout(Math.ceil(leftMs));
  const start = takeMoment();
  const signal = AbortSignal.any([call.signal, deadline]);
  const written = await tryWriteLock(origin, mine, found?.etag ?? null, { ...call, signal }).catch((error: unknown) => {
    throw deadline.aborted && !call.signal.aborted ? tooSlow(origin) : error;
  });
  if (written === undefined) return undefined;
  const there = await settle(origin, timing, call).catch(async (error: unknown) => {
    // A run that is stopped here holds nothing, and others need not wait for its lease.
    const free = { ...mine, released: true };
    await tryWriteLock(origin, free, written, { signal: AbortSignal.timeout(timing.writeWithinMs) }).catch(
      () => undefined,
    );
    throw error;
  });
  return there && isOfRun(there.document, mine.run) ? { etag: there.etag, since: start } : undefined;
}

async function settle(origin: Origin, { settleMs }: WeakTiming, call: Call): Promise<FoundLock | undefined> {
  await sleep(settleMs, undefined, { signal: call.signal }).catch(() => call.signal.throwIfAborted());
  return readLock(origin, call);
}

function tooSlow({ name }: Origin): ProviderError {
  return new ProviderError(
    'unavailable',
    `${name} takes too long to write the lock, which is not safe where writes cannot be conditional. Nothing was changed.`,
    { hint: 'Run again.' },
  );
}
