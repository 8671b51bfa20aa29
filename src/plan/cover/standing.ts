import { encodeKey } from '../url.ts';

/** What an item evicts. */
export interface Evicted {
  readonly files: number;
  readonly bytes: number;
}

export const noneEvicted: Evicted = { files: 0, bytes: 0 };

/** The part of each shelf that begins alike: `[from, to)` of the first, then of the second. */
export type Span = readonly [number, number, number, number];

/** Unchanged objects by their place below the public URL, to sum up what begins alike. */
export class Standing {
  readonly #plain: Shelf;
  /** Escapes sort differently from what they stand for, so these are kept apart; there are few. */
  readonly #escaped: Shelf;

  /** `files` are sorted by key in UTF-8 byte order. */
  constructor(files: readonly { readonly key: string; readonly size: number }[]) {
    const plain: Entry[] = [];
    const escaped: Entry[] = [];
    for (const { key, size } of files) {
      if (unescaped.test(key)) plain.push({ name: key, size });
      else escaped.push({ name: encodeKey(key).replaceAll('*', '%2A'), size });
    }
    escaped.sort((a, b) => (a.name < b.name ? -1 : 1));
    this.#plain = new Shelf(plain);
    this.#escaped = new Shelf(escaped);
  }

  all(): Span {
    return [0, this.#plain.length, 0, this.#escaped.length];
  }

  /** Of the objects in `span`, those whose place starts with `prefix`. */
  narrow(prefix: string, [a, b, c, d]: Span): Span {
    const plain = this.#plain.narrow(prefix, a, b);
    const escaped = this.#escaped.narrow(prefix, c, d);
    return [...plain, ...escaped];
  }

  /** The object at exactly this place, if it is in `span`. */
  at(name: string, [a, b, c, d]: Span): Span {
    const plain = this.#plain.at(name, a, b);
    const escaped = this.#escaped.at(name, c, d);
    return [...plain, ...escaped];
  }

  sum([a, b, c, d]: Span): Evicted {
    return { files: b - a + d - c, bytes: this.#plain.sum(a, b) + this.#escaped.sum(c, d) };
  }
}

/** Keys that stand in a URL as they are; see `encodeKey`. */
const unescaped = /^[A-Za-z0-9\-_.!~'()/]*$/;

interface Entry {
  readonly name: string;
  readonly size: number;
}

class Shelf {
  readonly #names: readonly string[];
  /** Bytes of all before each. */
  readonly #sums: Float64Array;

  constructor(entries: readonly Entry[]) {
    this.#names = entries.map(({ name }) => name);
    this.#sums = new Float64Array(entries.length + 1);
    let sum = 0;
    for (const [index, { size }] of entries.entries()) {
      sum += size;
      this.#sums[index + 1] = sum;
    }
  }

  get length(): number {
    return this.#names.length;
  }

  sum(from: number, to: number): number {
    return (this.#sums[to] ?? 0) - (this.#sums[from] ?? 0);
  }

  narrow(prefix: string, from: number, to: number): [number, number] {
    const start = this.#first(from, to, (name) => name >= prefix);
    return [start, this.#first(start, to, (name) => !name.startsWith(prefix))];
  }

  at(name: string, from: number, to: number): [number, number] {
    const start = this.#first(from, to, (other) => other >= name);
    return [start, start < to && this.#names[start] === name ? start + 1 : start];
  }

  #first(from: number, to: number, holds: (name: string) => boolean): number {
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (holds(this.#names[middle] ?? '')) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
