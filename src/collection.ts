import { platform } from 'node:os';
import { dropCacheFile } from './collect/cache-file.ts';
import { type CacheKind, locateCache } from './collect/cache-place.ts';
import type { Collected, CollectOptions } from './collect/collect.ts';
import { CollectionCache, type KnownCollection } from './collect/collection-cache.ts';
import type { DjangoAnswer, DjangoRequest } from './collect/django/ask-django.ts';
import { ProjectAnswers } from './collect/django/project-answers.ts';
import { type Found, findFiles } from './collect/find-files.ts';
import { HashCache } from './collect/hash-cache.ts';
import { digestInputs } from './collect/inputs.ts';
import { Pacer } from './collect/pacer.ts';
import { Stamps } from './collect/stamps.ts';
import type { Tagging } from './collect/tagging.ts';
import type { Session } from './session.ts';
import { tagHeader } from './tags.ts';

/** No answer is there to go on with. */
const noGuess = new Error('no guess');

/**
 * A run's files, and what is known of them from runs before. The caches are read by every run and written by deploys only: `plan` promises
 * to write nothing anywhere.
 */
export class Collection {
  readonly #session: Session;
  readonly #options: CollectOptions;
  readonly #stamps: Stamps;
  readonly #answers: ProjectAnswers;
  readonly #cache: CollectionCache | undefined;
  #found: Promise<Found> | undefined;

  constructor(session: Session) {
    const { config, environment } = session;
    const place = placeOf(session, 'collections');
    this.#session = session;
    this.#stamps = new Stamps(session.now());
    this.#answers = new ProjectAnswers(placeOf(session, 'answers'));
    this.#cache = place === undefined ? undefined : new CollectionCache(place);
    this.#options = {
      sources: config.sources,
      directory: config.directory,
      env: session.env,
      ignore: config.ignore,
      collisions: config.collisions,
      classes: config.classes,
      headers: config.headers,
      externals: config.externals,
      edgeInvalidates: environment.edges.length > 0,
      tagging: { headers: taggingOf(session), url: environment.url },
      maxKeyBytes: session.origin.traits.maxKeyBytes,
      signal: session.signal,
      onProgress: (done) => session.emit({ kind: 'collecting', ...done }),
    };
  }

  /**
   * What these very files came to in an earlier deploy. Projects' Pythons are not waited for where they have answered before: `isAsFound` does.
   */
  async recall(): Promise<KnownCollection | undefined> {
    const recalled = await this.#recallGuessed();
    return recalled ?? this.#recall(await this.#findNow());
  }

  /** Whether the files that were recalled are those that projects list now. */
  isAsFound(): Promise<boolean> {
    return this.#answers.areAsBefore();
  }

  /** Reads the files. Raises what `collect` raises. */
  async read(): Promise<Collected> {
    const place = placeOf(this.#session, 'digests');
    const { readonly, nonce } = this.#session;
    const cache = { now: this.#session.now(), isKept: !readonly, stamps: this.#stamps };
    const hashes = place === undefined ? undefined : new HashCache(place, cache);
    const found = await this.#findNow();
    // A run that reads nothing does without what reading takes, types of files and Django's rules among them.
    const { readFound } = await import('./collect/collect.ts');
    const collected = await readFound(found, { ...this.#options, ...(hashes === undefined ? {} : { hashes }) });
    if (readonly) return collected;
    hashes?.save(nonce);
    await this.#answers.save(nonce);
    return collected;
  }

  /** Notes what was read, for the next run. */
  async keep(known: KnownCollection): Promise<void> {
    if (this.#session.readonly || this.#cache === undefined) return;
    const inputs = await this.#digest(await this.#findNow());
    if (inputs !== undefined) this.#cache.keep(inputs, known, this.#session.nonce);
  }

  async #recallGuessed(): Promise<KnownCollection | undefined> {
    if (!this.#options.sources.some((source) => source.kind === 'django' && source.project !== undefined))
      return undefined;
    // A guess that is out of date may name files that are gone. What is really amiss, the real answer shows.
    const guessed = await this.#find((request) => this.#guess(request)).catch(() => undefined);
    return guessed && this.#recall(guessed);
  }

  async #recall(found: Found): Promise<KnownCollection | undefined> {
    if (this.#cache === undefined || this.#cache.isEmpty) return undefined;
    const inputs = await this.#digest(found);
    return inputs === undefined ? undefined : this.#cache.find(inputs);
  }

  #digest(found: Found): Promise<string | undefined> {
    // The address of this module: in the package its name holds a digest of the code, that of what it imports included.
    const rules = { code: import.meta.url, ...this.#options };
    return digestInputs(found, rules, this.#stamps, new Pacer(this.#session.signal));
  }

  #findNow(): Promise<Found> {
    this.#found ??= this.#find((request) => this.#answers.ask(request));
    return this.#found;
  }

  #find(ask: (request: DjangoRequest) => Promise<DjangoAnswer>): Promise<Found> {
    return findFiles({ ...this.#options, ask }, new Pacer(this.#session.signal));
  }

  async #guess(request: DjangoRequest): Promise<DjangoAnswer> {
    const guess = this.#answers.guess(request);
    if (guess === undefined) throw noGuess;
    return guess;
  }
}

/** For a run that has met other bytes than the caches told: the next one reads all files again. */
export function forgetCollected(session: Session): void {
  for (const kind of ['digests', 'collections'] as const) {
    const place = placeOf(session, kind);
    if (place !== undefined) dropCacheFile(place);
  }
}

/** One header for each way in which the edges want tags. */
function taggingOf({ edges, origin }: Session): Tagging[] {
  const taggings = edges.flatMap(({ traits: { tagging } }) =>
    tagging ? [{ ...tagging, header: tagHeader(tagging.header, origin.traits.headers) }] : [],
  );
  return [...new Map(taggings.map((one) => [one.header, one])).values()];
}

function placeOf({ config, env }: Session, kind: CacheKind): string | undefined {
  return locateCache(config, env, platform(), kind);
}
