import type { Headers } from '../model.ts';

/** Header sets are few and files are many: documents hold each set once, and files its index. */
export class HeaderTable {
  readonly sets: Headers[];
  readonly #indexes = new Map<string, number>();
  readonly #byIdentity = new Map<Headers, number>();

  constructor(sets: Headers[] = []) {
    this.sets = sets;
  }

  indexOf(headers: Headers): number {
    const known = this.#byIdentity.get(headers);
    if (known !== undefined) return known;
    const text = JSON.stringify(headers);
    let index = this.#indexes.get(text);
    if (index === undefined) {
      index = this.sets.push(headers) - 1;
      this.#indexes.set(text, index);
    }
    this.#byIdentity.set(headers, index);
    return index;
  }
}

/** One JSON document whose last member is an array with one row a line: quick to write, readable, and kind to `diff`. */
export function encodeRows(
  head: Readonly<Record<string, unknown>>,
  name: string,
  rows: readonly unknown[],
): Uint8Array {
  const start = JSON.stringify(head, null, 1).slice(0, -2);
  const lines = rows.map((row) => JSON.stringify(row));
  return new TextEncoder().encode(`${start},\n ${JSON.stringify(name)}: [\n${lines.join(',\n')}\n]}\n`);
}
