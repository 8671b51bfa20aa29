import { ProviderError } from '../errors/errors.ts';
import type { ServedObject, Serving } from '../provider/serving.ts';
import { type Cached, EdgeCache, type Entry } from './cache.ts';
import { makeMatcher } from './forget.ts';
import { resolveFreshness } from './freshness.ts';

/** What stands for the answer: a cached entry, or an object too large or not allowed to be cached. */
export type Found =
  | { readonly cache: 'HIT' | 'MISS'; readonly ageMs: number; readonly entry: Entry }
  | { readonly cache: 'MISS'; readonly ageMs: number; readonly opened: ServedObject; readonly key: string };

/** How long an absence is believed. CloudFront does the same for 10 s; less is kinder to who tries things out. */
const absenceMs = 5000;

/**
 * The cache in front of a store. A deploy's invalidations count before the next answer; what is stale is compared with the store by its
 * etag, and read again only if it differs.
 */
export class Lookup {
  readonly #serving: Serving;
  readonly #cache: EdgeCache;
  readonly #now: () => number;
  readonly #forgotten: ReturnType<Serving['followInvalidations']>;
  /** Counts invalidations: what was read before one must not be kept after it. */
  #turn = 0;

  constructor(serving: Serving, options: { readonly cacheBytes: number; readonly now: () => number }) {
    this.#serving = serving;
    this.#cache = new EdgeCache(options.cacheBytes);
    this.#now = options.now;
    this.#forgotten = serving.followInvalidations();
  }

  /** `path` is decoded and names `key`. Rejects with ProviderError when the store cannot be read. */
  async find(path: string, key: string): Promise<Found> {
    this.#obey();
    const cached = this.#cache.get(path);
    const valid = cached && this.#validate(path, cached);
    if (valid) return { cache: 'HIT', ageMs: this.#now() - valid.checkedAt, entry: valid.entry };
    const place = this.#resolve(key);
    if (place.kind !== 'object') {
      this.#cache.put(path, { entry: place, checkedAt: this.#now(), freshMs: absenceMs });
      return { cache: 'MISS', ageMs: 0, entry: place };
    }
    return this.#read(path, place.key, place.opened);
  }

  #obey(): void {
    const { items, everything } = this.#forgotten();
    if (items.length === 0 && !everything) return;
    this.#turn++;
    this.#cache.dropMatching(everything ? () => true : makeMatcher(items));
  }

  /** The entry if it may be sent: fresh, or the store still has the very same object. */
  #validate(path: string, cached: Cached): Cached | undefined {
    const now = this.#now();
    if (now - cached.checkedAt < cached.freshMs) return cached;
    const { entry } = cached;
    if (entry.kind === 'object' && this.#head(entry.key)?.etag === entry.head.etag) {
      const { freshMs } = resolveFreshness(entry.head.headers, now);
      const renewed = { entry, checkedAt: now, freshMs };
      this.#cache.put(path, renewed);
      return renewed;
    }
    this.#cache.drop(path);
    return undefined;
  }

  /** `a/` is `a/index.html`, as is the root; `a` leads to `a/` where only that is there. */
  #resolve(key: string): Exclude<Entry, { kind: 'object' }> | { kind: 'object'; key: string; opened: ServedObject } {
    const isFolder = key === '' || key.endsWith('/');
    const own = isFolder ? `${key}index.html` : key;
    const opened = this.#open(own);
    if (opened) return { kind: 'object', key: own, opened };
    if (!isFolder && this.#head(`${key}/index.html`)) return { kind: 'redirect', key: `${key}/` };
    return { kind: 'missing' };
  }

  async #read(path: string, key: string, opened: ServedObject): Promise<Found> {
    const turn = this.#turn;
    const { size, etag, modifiedMs, headers } = opened;
    const { store, freshMs } = resolveFreshness(headers, this.#now());
    if (!store || size > this.#cache.maxEntryBytes) return { cache: 'MISS', ageMs: 0, opened, key };
    const chunks: Uint8Array[] = [];
    for await (const chunk of opened.read(0, size)) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    if (bytes.length !== size) throw new ProviderError('unavailable', `${key} changed while it was read.`);
    const entry: Entry = { kind: 'object', key, head: { size, etag, modifiedMs, headers }, bytes };
    this.#obey();
    if (turn === this.#turn) this.#cache.put(path, { entry, checkedAt: this.#now(), freshMs });
    return { cache: 'MISS', ageMs: 0, entry };
  }

  #open(key: string): ServedObject | undefined {
    return orMissing(() => this.#serving.open(key));
  }

  #head(key: string) {
    return orMissing(() => this.#serving.head(key));
  }
}

/** A key that the store can never have is just not there. */
function orMissing<T>(look: () => T | undefined): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof ProviderError && error.kind === 'rejected') return undefined;
    throw error;
  }
}
