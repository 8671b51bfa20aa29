import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { ProviderError } from '../../src/errors/errors.ts';
import { codeOf } from './errors.ts';

const format = 1;
const maxHeaderBytes = 256;

export interface NewLines {
  /** The file is another one than at the last call, or this is the first: forget what was read before. */
  readonly reset: boolean;
  readonly lines: readonly string[];
}

const nothingNew: NewLines = { reset: false, lines: [] };

/**
 * A file of JSON lines that processes append to while others follow it. Its first line holds the format and a random generation, so that
 * a follower notices a rewritten file even where inode numbers come back. Whoever appends or replaces holds the mutex; readers need
 * none: a last line without its newline is one that is being written, or was torn by a crash, and is not read.
 */
export class LineLog {
  readonly #path: string;
  #generation = '';
  #offset = 0;
  #stamp = '';
  #size = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Bytes in the file when it was last looked at. */
  get size(): number {
    return this.#size;
  }

  /** Complete lines that were added since the last call. One `stat` when there are none. */
  readNew(): NewLines {
    const found = statSync(this.#path, { bigint: true, throwIfNoEntry: false });
    if (!found) return this.#forget();
    if (stampOf(found) === this.#stamp) return nothingNew;
    let file: number;
    try {
      file = openSync(this.#path, 'r');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return this.#forget();
      throw error;
    }
    try {
      return this.#readFrom(file);
    } finally {
      closeSync(file);
    }
  }

  /** Under the mutex, after `readNew`. One write, however many lines. */
  append(lines: readonly string[]): void {
    if (this.#offset === 0) {
      this.replace(lines);
      return;
    }
    // A torn last line becomes one that does not parse, which readers skip.
    const torn = this.#size > this.#offset;
    const text = Buffer.from(`${torn ? '\n' : ''}${lines.join('\n')}\n`);
    const file = openSync(this.#path, 'a');
    try {
      writeFileSync(file, text);
      this.#settle(file);
    } finally {
      closeSync(file);
    }
  }

  /** Under the mutex: a new file with these lines takes the old one's place in one step. */
  replace(lines: readonly string[]): void {
    const generation = randomBytes(8).toString('hex');
    const temporary = `${this.#path}.${generation}`;
    const file = openSync(temporary, 'wx');
    try {
      writeFileSync(file, [JSON.stringify({ waybill: 'local', format, generation }), ...lines, ''].join('\n'));
      renameSync(temporary, this.#path);
      this.#generation = generation;
      this.#settle(file);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
  }

  /** The next `readNew` starts from the beginning. */
  rewind(): void {
    this.#forget();
  }

  /** All that is in the file is known now, as we wrote its end ourselves under the mutex. */
  #settle(file: number): void {
    const now = fstatSync(file, { bigint: true });
    this.#stamp = stampOf(now);
    this.#size = Number(now.size);
    this.#offset = this.#size;
  }

  #forget(): NewLines {
    const reset = this.#stamp !== '';
    this.#generation = '';
    this.#offset = 0;
    this.#stamp = '';
    this.#size = 0;
    return { reset, lines: [] };
  }

  #readFrom(file: number): NewLines {
    const found = fstatSync(file, { bigint: true });
    this.#stamp = stampOf(found);
    this.#size = Number(found.size);
    const header = parseHeader(readRange(file, 0, Math.min(this.#size, maxHeaderBytes)), this.#path);
    const reset = header?.generation !== this.#generation || this.#size < this.#offset;
    if (reset) {
      this.#generation = header?.generation ?? '';
      this.#offset = header?.bytes ?? 0;
    }
    // Without a header it is not ours: nothing is read, and the next append replaces it.
    if (!header) return { reset, lines: [] };
    const text = readRange(file, this.#offset, this.#size - this.#offset);
    const end = text.lastIndexOf('\n') + 1;
    this.#offset += end;
    return { reset, lines: end === 0 ? [] : text.toString('utf8', 0, end - 1).split('\n') };
  }
}

function stampOf(stats: { ino: bigint; size: bigint; mtimeNs: bigint }): string {
  return `${stats.ino}:${stats.size}:${stats.mtimeNs}`;
}

function readRange(file: number, start: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const count = readSync(file, bytes, done, length - done, start + done);
    if (count === 0) break;
    done += count;
  }
  return bytes.subarray(0, done);
}

function parseHeader(bytes: Buffer, path: string): { generation: string; bytes: number } | undefined {
  const end = bytes.indexOf('\n');
  const header = end < 0 ? undefined : parseLine(bytes.toString('utf8', 0, end));
  if (!header || typeof header.generation !== 'string' || typeof header.format !== 'number') return undefined;
  if (header.format > format) {
    throw new ProviderError('rejected', `A newer Waybill wrote ${path} (format ${header.format}).`, {
      hint: 'Update Waybill.',
    });
  }
  return { generation: header.generation, bytes: end + 1 };
}

/** A line's object; undefined for what is torn or not ours. */
export function parseLine(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
