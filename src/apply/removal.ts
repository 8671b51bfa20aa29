import { ProviderError } from '../errors/errors.ts';
import type { Lock } from '../manifest/lock.ts';
import type { Call, Origin } from '../provider/contract.ts';

/** Keys an origin is handed at once: as many as S3 takes in one call. */
const batchKeys = 1000;
const fenceEveryMs = 500;

export interface RemovalOptions {
  readonly call: Call;
  readonly lock: Lock;
  /** Told after each batch what is gone. */
  readonly onRemoved: (keys: readonly string[]) => void;
}

/** Keys that are still there, and why. */
export interface Refusals {
  readonly keys: string[];
  readonly reasons: Set<string>;
  cause: ProviderError | undefined;
}

/**
 * Removes keys batch by batch. A refusal of single keys is no end: the rest goes, and what is still there is collected in `refusals`. After
 * a batch of which nothing went, no other is tried. Throws LOCK_LOST, the signal's reason, or ProviderError where it cannot be told
 * what is gone.
 */
export async function removeKeys(
  origin: Origin,
  keys: readonly string[],
  options: RemovalOptions,
  refusals: Refusals,
): Promise<void> {
  for (let at = 0; at < keys.length; at += batchKeys) {
    const batch = keys.slice(at, at + batchKeys);
    const left = await removeBatch(origin, batch, options, refusals);
    refusals.keys.push(...left);
    if (left.length < batch.length) continue;
    for (const key of keys.slice(at + batchKeys)) refusals.keys.push(key);
    return;
  }
}

/** Resolves with the keys that are still there. */
async function removeBatch(
  origin: Origin,
  batch: readonly string[],
  { call, lock, onRemoved }: RemovalOptions,
  refusals: Refusals,
): Promise<string[]> {
  const fence = raiseFence(lock, call);
  try {
    await origin.remove(batch, fence.call);
    onRemoved(batch);
    return [];
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    // The error names the first keys only, and an answer that got lost names none.
    const heads = await Promise.all(batch.map((key) => origin.head(key, fence.call)));
    const left = batch.filter((_, index) => heads[index] !== undefined);
    onRemoved(batch.filter((_, index) => heads[index] === undefined));
    if (left.length > 0) {
      refusals.reasons.add(error.message);
      refusals.cause ??= error;
    }
    return left;
  } finally {
    fence.lower();
  }
}

/** Breaks a call off once the lease may have passed to another run: a late removal could hit what that one relies on. */
function raiseFence(lock: Lock, call: Call): { call: Call; lower: () => void } {
  lock.check();
  const controller = new AbortController();
  const timer = setInterval(() => {
    try {
      lock.check();
    } catch (error) {
      controller.abort(error);
    }
  }, fenceEveryMs);
  timer.unref();
  return {
    call: { ...call, signal: AbortSignal.any([call.signal, controller.signal]) },
    lower: () => clearInterval(timer),
  };
}
