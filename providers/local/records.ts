import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import type { Headers } from '../../src/model.ts';
import { etagOf } from './etag.ts';
import { type Layout, toPath } from './layout.ts';
import { LineLog, parseLine } from './line-log.ts';

/** What a file system does not keep beside a file's bytes. Valid only while the file has this etag. */
export interface ObjectRecord {
  readonly etag: string;
  readonly sha256: string;
  readonly headers: Headers;
}

export interface KeyRecord extends ObjectRecord {
  readonly key: string;
}

/** Lines that need not be there before the file is written anew without them. */
const spareLines = 1024;

/**
 * Headers and sha256 of all objects, in the append-only file `objects.jsonl`: a set of headers once (`{"h":id,"v":{…}}`), then a line for
 * each write (`{"k":key,"e":etag,"s":sha256,"h":id}`) or removal (`{"k":key}`). A line is written before its file is renamed into place, so
 * a crash in between leaves one that never held; therefore older records of a key stay until the file proves which one counts.
 */
export class Records {
  readonly #layout: Layout;
  readonly #log: LineLog;
  readonly #byKey = new Map<string, ObjectRecord[]>();
  readonly #headersById = new Map<string, Headers>();
  readonly #idByText = new Map<string, string>();
  #lines = 0;

  constructor(layout: Layout) {
    this.#layout = layout;
    this.#log = new LineLog(layout.objects);
  }

  /** The record of the file that has this etag; undefined when the file was written by somebody else. */
  find(key: string, etag: string): ObjectRecord | undefined {
    const known = this.#known(key, etag);
    if (known) return known;
    this.#catchUp();
    return this.#known(key, etag);
  }

  /** Under the mutex. */
  append(records: readonly KeyRecord[]): void {
    this.#catchUp();
    const lines: string[] = [];
    for (const record of records) {
      const { key, etag, sha256, headers } = record;
      lines.push(this.#toLine(key, record, lines));
      this.#remember(key, { etag, sha256, headers });
    }
    this.#write(lines);
  }

  /** Under the mutex. */
  forget(keys: readonly string[]): void {
    this.#catchUp();
    const gone = keys.filter((key) => this.#byKey.delete(key));
    if (gone.length > 0) this.#write(gone.map((key) => JSON.stringify({ k: key })));
  }

  #known(key: string, etag: string): ObjectRecord | undefined {
    return this.#byKey.get(key)?.find((record) => record.etag === etag);
  }

  #write(lines: readonly string[]): void {
    try {
      this.#log.append(lines);
    } catch (error) {
      // What was remembered is not in the file: read it again from its start.
      this.#log.rewind();
      this.#clear();
      throw error;
    }
    this.#lines += lines.length;
    if (this.#lines > 2 * (this.#byKey.size + this.#headersById.size) + spareLines) this.#compact();
  }

  #toLine(key: string, { etag, sha256, headers }: ObjectRecord, before: string[]): string {
    return JSON.stringify({ k: key, e: etag, s: sha256, h: this.#headerId(headers, before) });
  }

  /** A set of headers that the file does not have yet is added to `lines`. */
  #headerId(headers: Headers, lines: string[]): string {
    const text = JSON.stringify(headers);
    const known = this.#idByText.get(text);
    if (known !== undefined) return known;
    const id = createHash('sha256').update(text).digest('hex').slice(0, 16);
    lines.push(JSON.stringify({ h: id, v: headers }));
    this.#learn(id, headers);
    return id;
  }

  #learn(id: string, headers: Headers): void {
    this.#headersById.set(id, headers);
    this.#idByText.set(JSON.stringify(headers), id);
  }

  #remember(key: string, record: ObjectRecord): void {
    const known = this.#byKey.get(key);
    if (!known) {
      this.#byKey.set(key, [record]);
      return;
    }
    known.push(record);
    if (known.length > 1) this.#settle(key, known);
  }

  /** Keeps of several records the newest, and the one that the file has now. */
  #settle(key: string, known: ObjectRecord[]): void {
    const newest = known.at(-1);
    const etag = currentEtag(this.#layout, key);
    const kept = known.filter((record) => record === newest || record.etag === etag);
    this.#byKey.set(key, kept);
  }

  #catchUp(): void {
    const { reset, lines } = this.#log.readNew();
    if (reset) this.#clear();
    for (const line of lines) this.#take(line);
    this.#lines += lines.length;
  }

  #take(line: string): void {
    const { k: key, e: etag, s: sha256, h: id, v: headers } = parseLine(line) ?? {};
    if (typeof key === 'string' && typeof etag === 'string' && typeof sha256 === 'string' && typeof id === 'string') {
      this.#remember(key, { etag, sha256, headers: this.#headersById.get(id) ?? {} });
    } else if (typeof key === 'string') {
      this.#byKey.delete(key);
    } else if (typeof id === 'string' && isHeaders(headers)) {
      this.#learn(id, headers);
    }
  }

  #clear(): void {
    this.#byKey.clear();
    this.#headersById.clear();
    this.#idByText.clear();
    this.#lines = 0;
  }

  #compact(): void {
    const lines: string[] = [];
    this.#headersById.clear();
    this.#idByText.clear();
    for (const [key, records] of this.#byKey) {
      for (const record of records) lines.push(this.#toLine(key, record, lines));
    }
    this.#log.replace(lines);
    this.#lines = lines.length;
  }
}

function isHeaders(value: unknown): value is Headers {
  return typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string');
}

function currentEtag(layout: Layout, key: string): string | undefined {
  try {
    const found = lstatSync(toPath(layout, key), { bigint: true, throwIfNoEntry: false });
    return found && etagOf(found);
  } catch {
    // A key that no file can have: somebody edited the journal.
    return undefined;
  }
}
