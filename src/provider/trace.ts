import type { RequestCounts } from '../receipt.ts';
import type { Origin } from './contract.ts';
import { listingBy, pagesOf } from './pages.ts';

export type OnRequest = (request: { operation: string; durationMs: number }) => void;

/** Counts every call into `counts` and tells how long it took. */
export function traceOrigin(origin: Origin, counts: RequestCounts, onRequest: OnRequest): Origin {
  async function timed<T>(kind: keyof RequestCounts, operation: string, run: () => Promise<T>): Promise<T> {
    counts[kind]++;
    const started = performance.now();
    try {
      return await run();
    } finally {
      onRequest({ operation, durationMs: performance.now() - started });
    }
  }
  const listPages = pagesOf(origin);
  return {
    name: origin.name,
    traits: origin.traits,
    ...listingBy((range, call) => {
      counts.list++;
      onRequest({ operation: `list ${range.prefix}`, durationMs: 0 });
      return listPages(range, call);
    }),
    read: (key, call) => timed('read', `read ${key}`, () => origin.read(key, call)),
    head: (key, call) => timed('read', `head ${key}`, () => origin.head(key, call)),
    write: (object, call) => timed('write', `write ${object.key}`, () => origin.write(object, call)),
    copy: (from, to, call) => timed('copy', `copy ${from.key} to ${to.key}`, () => origin.copy(from, to, call)),
    remove: (keys, call) => timed('remove', `remove ${keys.length} keys`, () => origin.remove(keys, call)),
    ...(origin.close ? { close: () => origin.close?.() ?? Promise.resolve() } : {}),
  };
}
