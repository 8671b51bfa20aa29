import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { Call, NewObject, Origin } from './contract.ts';

/** State documents up to here pass by: a lock's renewal must not wait behind uploads for longer than its lease. */
const urgentBytes = 64 * 1024;

/** Holds an origin to its traits: so many operations at once, and one write a key per interval. */
export function limitOrigin(origin: Origin): Origin {
  const gate = pLimit(Math.max(1, origin.traits.concurrency));
  const lastWrite = new Map<string, number>();

  async function pace(key: string, call: Call): Promise<void> {
    const interval = origin.traits.writeIntervalMs;
    if (interval === 0) return;
    const now = performance.now();
    const start = Math.max(now, (lastWrite.get(key) ?? Number.NEGATIVE_INFINITY) + interval);
    lastWrite.set(key, start);
    if (start > now) await sleep(start - now, undefined, { signal: call.signal });
  }

  async function write(object: NewObject, call: Call): Promise<{ etag: string }> {
    await pace(object.key, call);
    const isUrgent = object.visibility === 'private' && object.size <= urgentBytes;
    return isUrgent ? origin.write(object, call) : gate(() => origin.write(object, call));
  }

  async function copy(...[from, to, call]: Parameters<Origin['copy']>): Promise<{ etag: string }> {
    await pace(to.key, call);
    return gate(() => origin.copy(from, to, call));
  }

  return {
    name: origin.name,
    traits: origin.traits,
    // A listing holds no place: its pages come one after the other, and its reader may wait for other calls.
    list: (range, call) => origin.list(range, call),
    read: (key, call) => gate(() => origin.read(key, call)),
    head: (key, call) => gate(() => origin.head(key, call)),
    write,
    copy,
    remove: (keys, call) => gate(() => origin.remove(keys, call)),
    ...(origin.close ? { close: () => origin.close?.() ?? Promise.resolve() } : {}),
  };
}
