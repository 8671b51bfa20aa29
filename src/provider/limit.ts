import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { Call, Origin } from './contract.ts';

/** Holds an origin to its traits: so many operations at once, and one write a key per interval. */
export function limitOrigin(origin: Origin): Origin {
  const gate = pLimit(Math.max(1, origin.traits.concurrency));
  const lastWrite = new Map<string, number>();

  async function paced<T>(key: string, call: Call, run: () => Promise<T>): Promise<T> {
    const interval = origin.traits.writeIntervalMs;
    if (interval === 0) return gate(run);
    const now = performance.now();
    const start = Math.max(now, (lastWrite.get(key) ?? Number.NEGATIVE_INFINITY) + interval);
    lastWrite.set(key, start);
    if (start > now) await sleep(start - now, undefined, { signal: call.signal });
    return gate(run);
  }

  return {
    name: origin.name,
    traits: origin.traits,
    // A listing holds no place: its pages come one after the other, and its reader may wait for other calls.
    list: (range, call) => origin.list(range, call),
    read: (key, call) => gate(() => origin.read(key, call)),
    head: (key, call) => gate(() => origin.head(key, call)),
    write: (object, call) => paced(object.key, call, () => origin.write(object, call)),
    copy: (from, to, call) => paced(to.key, call, () => origin.copy(from, to, call)),
    remove: (keys, call) => gate(() => origin.remove(keys, call)),
    ...(origin.close ? { close: () => origin.close?.() ?? Promise.resolve() } : {}),
  };
}
