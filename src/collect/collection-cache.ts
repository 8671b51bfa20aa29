import { readCacheFile, writeCacheFile } from './cache-file.ts';

/** What collecting came to. */
export interface KnownCollection {
  /** As a plan's `wanted`: a digest over all files of the version and what paths mean beside them. */
  readonly wanted: string;
  /** What was said while files were read. */
  readonly warnings: readonly string[];
}

interface Entry extends KnownCollection {
  /** From `digestInputs`. */
  readonly inputs: string;
}

/** One for each environment, and a few for branches that are deployed in turn. */
const mostEntries = 16;

/** What equal inputs came to before: a run that finds its files as the last deploy left them reads none. Newest first. */
export class CollectionCache {
  readonly #place: string;
  #entries: readonly Entry[];

  constructor(place: string) {
    this.#place = place;
    this.#entries = parseEntries(readCacheFile(place));
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  find(inputs: string): KnownCollection | undefined {
    return this.#entries.find((entry) => entry.inputs === inputs);
  }

  /** Writes the file, if that is news. */
  keep(inputs: string, { wanted, warnings }: KnownCollection, nonce: string): void {
    if (this.#entries[0]?.inputs === inputs && this.#entries[0].wanted === wanted) return;
    const others = this.#entries.filter((entry) => entry.inputs !== inputs);
    this.#entries = [{ inputs, wanted, warnings }, ...others].slice(0, mostEntries);
    writeCacheFile(this.#place, JSON.stringify({ format: 1, entries: this.#entries }), nonce);
  }
}

/** Nothing for what is damaged or of another version. */
function parseEntries(bytes: Buffer | undefined): readonly Entry[] {
  try {
    const { format, entries } = JSON.parse(bytes?.toString() ?? '') as { format: unknown; entries: Entry[] };
    if (format !== 1) return [];
    return entries.filter(
      ({ inputs, wanted, warnings }) =>
        typeof inputs === 'string' && typeof wanted === 'string' && Array.isArray(warnings),
    );
  } catch {
    return [];
  }
}
