import { type BigIntStats, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  digestAt,
  encodeRows,
  hasStamp,
  joinRows,
  type KnownDigest,
  noRows,
  parseRows,
  type Row,
  type Rows,
} from './hash-cache-rows.ts';

/**
 * Two writes within one tick of a file system's clock leave the same times: so what was written that shortly before a run is not
 * noted. FAT has the coarsest clock, of two seconds: https://learn.microsoft.com/en-us/windows/win32/sysinfo/file-times
 */
const settledNs = 2_000_000_000n;

export interface Look {
  /** What the file holds, if that is known without reading it. */
  readonly known: KnownDigest | undefined;
  /** Remembers what reading it after this look has shown. */
  note<Digest extends KnownDigest>(digest: Digest): Digest;
}

/** What a run without a cache sees. */
export const blindLook: Look = { known: undefined, note: (digest) => digest };

/**
 * What the files of a run hold, as far as the last run tells. A digest is believed while the file's size, times and inode are those of
 * then. An upload compares the bytes once more (FileBody), so a wrong digest ends in SOURCE_CHANGED.
 */
export class HashCache {
  readonly #place: string;
  readonly #rows: Rows;
  readonly #rowByFile = new Map<string, number>();
  readonly #settledBeforeNs: bigint;
  readonly #isKept: boolean;
  readonly #used = new Map<string, number>();
  readonly #fresh = new Map<string, Row>();

  /** Reads the file; one that cannot be read, or is damaged, is as good as none. `isKept`: whether `save` will follow. */
  constructor(place: string, { now, isKept }: { readonly now: Date; readonly isKept: boolean }) {
    this.#place = place;
    this.#rows = loadRows(place);
    for (const [row, file] of this.#rows.files.entries()) this.#rowByFile.set(file, row);
    this.#settledBeforeNs = BigInt(now.getTime()) * 1_000_000n - settledNs;
    this.#isKept = isKept;
  }

  /** Must come before the file is read: what is written after the look shows in the times of the next one. */
  look(file: string): Look {
    if (!this.#isKept && this.#rowByFile.size === 0) return blindLook;
    const stats = statOf(file);
    if (stats?.isFile() !== true) return blindLook;
    const row = this.#rowByFile.get(file);
    const isKnown = row !== undefined && hasStamp(this.#rows, row, stats);
    if (isKnown) this.#used.set(file, row);
    return {
      known: isKnown ? digestAt(this.#rows, row) : undefined,
      note: (digest) => {
        const { size, mtimeNs, ctimeNs, ino, dev } = stats;
        const isSettled = mtimeNs < this.#settledBeforeNs && ctimeNs < this.#settledBeforeNs;
        if (isSettled && BigInt(digest.size) === size) {
          this.#fresh.set(file, { file, stamp: { size, mtimeNs, ctimeNs, ino, dev }, digest });
        }
        return digest;
      },
    };
  }

  /** Writes what this run has looked at, if anything is new or gone. Where that fails, the next run reads the files again. */
  save(nonce: string): void {
    if (!this.#isKept) return;
    if (this.#fresh.size === 0 && this.#used.size === this.#rowByFile.size) return;
    for (const file of this.#fresh.keys()) this.#used.delete(file);
    const bytes = encodeRows(joinRows(this.#rows, this.#used, [...this.#fresh.values()]));
    const temporary = `${this.#place}.${nonce}.tmp`;
    try {
      mkdirSync(dirname(this.#place), { recursive: true, mode: 0o700 });
      writeFileSync(temporary, bytes, { mode: 0o600, flag: 'wx' });
      renameSync(temporary, this.#place);
    } catch {
      dropHashCache(temporary);
    }
  }
}

/** For a run that has met other bytes than the cache told. */
export function dropHashCache(place: string): void {
  try {
    rmSync(place, { force: true });
  } catch {
    // What cannot be removed could not be written either.
  }
}

function loadRows(place: string): Rows {
  try {
    return parseRows(readFileSync(place)) ?? noRows;
  } catch {
    return noRows;
  }
}

function statOf(file: string): BigIntStats | undefined {
  try {
    return lstatSync(file, { bigint: true, throwIfNoEntry: false });
  } catch {
    // Reading the file will say why.
    return undefined;
  }
}
