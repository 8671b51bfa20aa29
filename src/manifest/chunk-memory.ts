import type { Headers } from '../model.ts';
import type { Origin } from '../provider/contract.ts';
import { type ChunkName, type Cutting, cutRows, standardCutting } from './chunks.ts';
import type { RowForm } from './rows.ts';

/** A list that was cut; its bytes are made again where they are needed. */
export type Cut<Row> = readonly { readonly sha256: string; readonly rows: readonly Row[] }[];

/** What one run knows of the chunks at one origin. */
export class ChunkMemory {
  cutting: Cutting = standardCutting;
  /** By the key of the document that names them. */
  readonly #named = new Map<string, readonly ChunkName[]>();
  readonly #written = new Set<string>();
  /** Rows of every chunk that was read or cut, so that none is read twice and equal rows are one object. */
  readonly #rows = new Map<string, Promise<readonly unknown[]>>();
  readonly #headers = new Map<string, Headers>();
  readonly #cuts = new WeakMap<readonly unknown[], Cut<unknown>>();

  note(document: string, chunks: readonly ChunkName[]): void {
    this.#named.set(document, chunks);
  }

  noteWritten(sha256: string): void {
    this.#written.add(sha256);
  }

  /** Digests that these documents name, as they were last read. */
  namedBy(documents: Iterable<string>): Set<string> {
    const digests = [...documents].flatMap((key) => this.#named.get(key) ?? []);
    return new Set(digests.map(({ sha256 }) => sha256));
  }

  /** Whether this run has written it; src/old-chunks.ts removes none so young. */
  hasWritten(sha256: string): boolean {
    return this.#written.has(sha256);
  }

  /** Reads by `read` what is not known; what fails is asked again next time. */
  recall<Row>({ member }: RowForm<Row>, sha256: string, read: () => Promise<readonly Row[]>): Promise<readonly Row[]> {
    const id = `${member} ${sha256}`;
    const known = this.#rows.get(id) as Promise<readonly Row[]> | undefined;
    if (known) return known;
    const rows = read();
    this.#rows.set(id, rows);
    rows.catch(() => this.#rows.delete(id));
    return rows;
  }

  /** Cuts a list that is likely at the origin already: chunks that are the same there need not be read. */
  expect<Row>(form: RowForm<Row>, list: readonly Row[]): void {
    const cut = cutRows(form, list, this.cutting.meanRows).map(({ sha256, rows }) => ({ sha256, rows }));
    this.#cuts.set(list, cut);
    for (const { sha256, rows } of cut) this.#rows.set(`${form.member} ${sha256}`, Promise.resolve(rows));
  }

  /** The list as `expect` has cut it. */
  cutOf<Row>(list: readonly Row[]): Cut<Row> | undefined {
    return this.#cuts.get(list) as Cut<Row> | undefined;
  }

  intern(headers: Headers): Headers {
    const text = JSON.stringify(headers);
    const known = this.#headers.get(text);
    if (known === undefined) this.#headers.set(text, headers);
    return known ?? headers;
  }
}

/** A run opens its origins anew, so each run has memories of its own. */
const memories = new WeakMap<Origin, ChunkMemory>();

export function chunksAt(origin: Origin): ChunkMemory {
  const known = memories.get(origin) ?? new ChunkMemory();
  memories.set(origin, known);
  return known;
}
