import { compareUtf8 } from '../byte-order.ts';

/** Where UTF-16 and UTF-8 may disagree: surrogates stand for what comes after U+FFFF, but are smaller than U+E000 to U+FFFF. */
const high = /[\ud800-\uffff]/;

/**
 * Brings a listing that may be sorted by UTF-16 into UTF-8 byte order, as emulators do and Azure's "alphabetical" may. The two orders differ only among keys
 * that have a high code unit behind the same beginning, and those stand together in both, so only they are held back and sorted.
 */
export async function* inUtf8Order<T extends { readonly key: string }>(items: AsyncIterable<T>): AsyncIterable<T> {
  let held: T[] = [];
  let beginning: string | undefined;
  for await (const item of items) {
    if (beginning !== undefined && belongs(item.key, beginning)) {
      held.push(item);
      continue;
    }
    yield* sorted(held);
    const at = item.key.search(high);
    beginning = at < 0 ? undefined : item.key.slice(0, at);
    held = at < 0 ? [] : [item];
    if (at < 0) yield item;
  }
  yield* sorted(held);
}

function belongs(key: string, beginning: string): boolean {
  return key.startsWith(beginning) && high.test(key.charAt(beginning.length));
}

function sorted<T extends { readonly key: string }>(held: readonly T[]): T[] {
  return [...held].sort((a, b) => compareUtf8(a.key, b.key));
}
