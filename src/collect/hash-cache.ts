import { readCacheFile, writeCacheFile } from './cache-file.ts';
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
import { Stamps } from './stamps.ts';

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
  readonly #stamps: Stamps;
  readonly #isKept: boolean;
  readonly #used = new Map<string, number>();
  readonly #fresh = new Map<string, Row>();

  /** Reads the file; one that cannot be read, or is damaged, is as good as none. `isKept`: whether `save` will follow. */
  constructor(
    place: string,
    {
      now,
      isKept,
      stamps = new Stamps(now),
    }: { readonly now: Date; readonly isKept: boolean; readonly stamps?: Stamps },
  ) {
    this.#place = place;
    this.#rows = loadRows(place);
    for (const [row, file] of this.#rows.files.entries()) this.#rowByFile.set(file, row);
    this.#stamps = stamps;
    this.#isKept = isKept;
  }

  /** Must come before the file is read: what is written after the look shows in the times of the next one. */
  look(file: string): Look {
    if (!this.#isKept && this.#rowByFile.size === 0) return blindLook;
    const stamp = this.#stamps.of(file);
    if (stamp === undefined) return blindLook;
    const row = this.#rowByFile.get(file);
    const isKnown = row !== undefined && hasStamp(this.#rows, row, stamp);
    if (isKnown) this.#used.set(file, row);
    return {
      known: isKnown ? digestAt(this.#rows, row) : undefined,
      note: (digest) => {
        if (this.#stamps.isSettled(stamp) && BigInt(digest.size) === stamp.size) {
          this.#fresh.set(file, { file, stamp, digest });
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
    writeCacheFile(this.#place, bytes, nonce);
  }
}

function loadRows(place: string): Rows {
  const bytes = readCacheFile(place);
  return (bytes && parseRows(bytes)) ?? noRows;
}
