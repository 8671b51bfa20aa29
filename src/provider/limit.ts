import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderError } from '../errors/errors.ts';
import type { Call, KeyRange, NewObject, Origin, StoredObject } from './contract.ts';
import { type ListPages, listingBy, pagesOf } from './pages.ts';
import { type Place, Throttle } from './throttle.ts';

/** State documents up to here pass by: a lock's renewal must not wait behind uploads for longer than its lease. */
const urgentBytes = 64 * 1024;

/**
 * Holds an origin to its traits: so many operations at once, and one write a key per interval. A store that asks to slow down gets fewer at once
 * until it has taken them for a while.
 */
export function limitOrigin(origin: Origin): Origin {
  const throttle = new Throttle(origin.traits.concurrency, origin.traits.startConcurrency);
  const lastWrite = new Map<string, number>();

  async function pace(key: string, call: Call): Promise<void> {
    const interval = origin.traits.writeIntervalMs;
    if (interval === 0) return;
    const now = performance.now();
    const start = Math.max(now, (lastWrite.get(key) ?? Number.NEGATIVE_INFINITY) + interval);
    lastWrite.set(key, start);
    if (start > now) await sleep(start - now, undefined, { signal: call.signal });
  }

  /** The interval counts from when a write was sent, not from when it queued. */
  function stamp(key: string): void {
    if (origin.traits.writeIntervalMs === 0) return;
    lastWrite.set(key, Math.max(lastWrite.get(key) ?? 0, performance.now()));
  }

  async function write(object: NewObject, call: Call): Promise<{ etag: string }> {
    if (origin.traits.writeIntervalMs > 0) await pace(object.key, call);
    const send = (heard: Call) => {
      call.mayWrite?.();
      stamp(object.key);
      return origin.write(object, heard);
    };
    const isUrgent = object.visibility === 'private' && object.size <= urgentBytes;
    return isUrgent ? send(call) : through(throttle, call, send, object.size);
  }

  async function copy(...[from, to, call]: Parameters<Origin['copy']>): Promise<{ etag: string }> {
    await pace(to.key, call);
    return through(throttle, call, (heard) => {
      call.mayWrite?.();
      stamp(to.key);
      return origin.copy(from, to, heard);
    });
  }

  return {
    name: origin.name,
    traits: origin.traits,
    ...listingBy((range, call) => listThrough(throttle, pagesOf(origin), range, call)),
    read: (key, call) => through(throttle, call, (heard) => origin.read(key, heard)),
    head: (key, call) => through(throttle, call, (heard) => origin.head(key, heard)),
    write,
    copy,
    remove: (keys, call) =>
      through(throttle, call, (heard) => {
        call.mayWrite?.();
        return origin.remove(keys, heard);
      }),
    ...(origin.close ? { close: () => origin.close?.() ?? Promise.resolve() } : {}),
  };
}

/** Runs `send` in a place of its own, and tells the throttle how the store took it, or each request of it that is retried by itself. */
async function through<T>(throttle: Throttle, call: Call, send: (heard: Call) => Promise<T>, bytes = 0): Promise<T> {
  const place = throttle.tryEnter() ?? (await throttle.enter(call.signal));
  const { again } = call;
  const heard = again
    ? { ...call, again: <R>(attempt: () => Promise<R>) => again(() => hear(throttle, attempt)) }
    : call;
  try {
    const answer = await send(heard);
    throttle.succeeded(bytes);
    return answer;
  } catch (error) {
    tell(throttle, place, error);
    throw error;
  } finally {
    throttle.leave();
  }
}

async function hear<T>(throttle: Throttle, send: () => Promise<T>): Promise<T> {
  const place = throttle.now();
  try {
    const answer = await send();
    throttle.succeeded();
    return answer;
  } catch (error) {
    tell(throttle, place, error);
    throw error;
  }
}

function tell(throttle: Throttle, place: Place, error: unknown): void {
  if (error instanceof ProviderError && error.kind === 'throttled') throttle.refused(place, error.retryAfterMs);
}

/** Takes a place for each page, and none while its reader is busy with something else, for which that may need a place. */
async function* listThrough(
  throttle: Throttle,
  listPages: ListPages,
  range: KeyRange,
  call: Call,
): AsyncIterable<readonly StoredObject[]> {
  const pages = listPages(range, call)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await through(throttle, call, () => pages.next());
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await pages.return?.();
  }
}
