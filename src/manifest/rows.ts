import { PlanError } from '../errors/errors.ts';
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

/** How the rows of one kind of list are written. */
export interface RowForm<Row> {
  /** The member of a document that holds them. */
  readonly member: 'files' | 'objects';
  keyOf(row: Row): string;
  encode(row: Row, table: HeaderTable): readonly unknown[];
  /** `undefined` for what is no such row. */
  decode(raw: unknown, headers: readonly Headers[]): Row | undefined;
}

/** A document that holds everything its rows need. */
export function encodeTable<Row>(
  head: Readonly<Record<string, unknown>>,
  form: RowForm<Row>,
  rows: readonly Row[],
): Uint8Array {
  const table = new HeaderTable();
  const lines = rows.map((row) => form.encode(row, table));
  return encodeRows({ ...head, headers: table.sets }, form.member, lines);
}

/** Throws STATE_DAMAGED with the first row of the document at `key` that is none. */
export function decodeTable<Row>(
  form: RowForm<Row>,
  rows: readonly unknown[],
  headers: readonly Headers[],
  key: string,
): Row[] {
  return rows.map((raw) => {
    const row = form.decode(raw, headers);
    if (row !== undefined) return row;
    const what = form.member === 'files' ? 'file' : 'object';
    throw new PlanError('STATE_DAMAGED', `${key} at the origin has a row that is no ${what}: ${JSON.stringify(raw)}`);
  });
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
