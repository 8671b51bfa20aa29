import type { ServedHead } from '../provider/serving.ts';

/** What a path led to. */
export type Entry =
  | { readonly kind: 'object'; readonly key: string; readonly head: ServedHead; readonly bytes: Uint8Array }
  | { readonly kind: 'missing' }
  | { readonly kind: 'redirect'; readonly key: string };

export interface Cached {
  readonly entry: Entry;
  /** When it was read from the store, or last found unchanged there; milliseconds. */
  readonly checkedAt: number;
  readonly freshMs: number;
}

/** What an entry takes besides its body. */
const overheadBytes = 1024;

/** Answers by decoded path; the longest unused go first when `maxBytes` are exceeded. */
export class EdgeCache {
  readonly #maxBytes: number;
  readonly #byPath = new Map<string, Cached>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** A larger body would push everything else out. */
  get maxEntryBytes(): number {
    return this.#maxBytes / 8;
  }

  get(path: string): Cached | undefined {
    const found = this.#byPath.get(path);
    if (found) {
      // Last in the order of insertion is last used.
      this.#byPath.delete(path);
      this.#byPath.set(path, found);
    }
    return found;
  }

  put(path: string, cached: Cached): void {
    this.drop(path);
    this.#byPath.set(path, cached);
    this.#bytes += sizeOf(path, cached);
    for (const oldest of this.#byPath.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.drop(oldest);
    }
  }

  drop(path: string): void {
    const found = this.#byPath.get(path);
    if (!found) return;
    this.#byPath.delete(path);
    this.#bytes -= sizeOf(path, found);
  }

  dropMatching(matches: (path: string) => boolean): void {
    for (const path of this.#byPath.keys()) if (matches(path)) this.drop(path);
  }
}

function sizeOf(path: string, { entry }: Cached): number {
  return overheadBytes + 2 * path.length + (entry.kind === 'object' ? entry.bytes.length : 0);
}
