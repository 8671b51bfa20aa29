import type { ClassRule, HeaderRule } from '../config/types.ts';
import { makeLookup } from '../lookup.ts';
import type { Asset, External, Lookup } from '../model.ts';
import { takeExternals } from './externals.ts';
import { type FindFilesOptions, type Found, findFiles } from './find-files.ts';
import type { HashCache } from './hash-cache.ts';
import { uniteKeys } from './keys.ts';
import { makeLabels } from './labels.ts';
import { Pacer } from './pacer.ts';
import { type Done, Progress } from './progress.ts';
import { type Hashed, readDjango } from './read-django.ts';
import { readPlain } from './read-plain.ts';
import { type Tagging, tagAssets } from './tagging.ts';
import type { Walked } from './walk.ts';

export interface CollectOptions extends FindFilesOptions {
  readonly classes: readonly ClassRule[];
  readonly headers: readonly HeaderRule[];
  /** Logical paths that a public CDN serves. */
  readonly externals: ReadonlyMap<string, External>;
  /** Whether the environment has an edge that takes invalidations; it decides the default cache-control. */
  readonly edgeInvalidates: boolean;
  /** Headers that carry tags for the environment's edges, and the public URL that tags are made of. */
  readonly tagging?: { readonly headers: readonly Tagging[]; readonly url: string };
  /** Files that it knows are not read. */
  readonly hashes?: HashCache;
  /** Told a few times a second how much has been read so far, and once at the end. */
  readonly onProgress?: (done: Done) => void;
}

export interface Collected {
  /** Sorted by key in UTF-8 byte order. */
  readonly assets: readonly Asset[];
  /** What logical paths mean beyond the assets. */
  readonly lookup: Lookup;
  /** Sentences about files that were left out, and the like. */
  readonly warnings: readonly string[];
}

/**
 * Reads every file of the sources once, those that `hashes` knows not at all, and says what a version of them consists of. Nothing is read before all names are known to
 * be good. Raises SourceError: SOURCE_MISSING, SOURCE_EMPTY, SOURCE_COLLISION, SOURCE_SYMLINK, SOURCE_NAME, SOURCE_CHANGED,
 * EXTERNAL_MISMATCH, and for Django sources PYTHON_MISSING and DJANGO_*; rejects with the signal's reason when it is aborted.
 */
export async function collect(options: CollectOptions): Promise<Collected> {
  options.signal.throwIfAborted();
  return readFound(await findFiles(options, new Pacer(options.signal)), options);
}

/** The second half of `collect`, for files that are found already. */
export async function readFound({ walked, files }: Found, options: CollectOptions): Promise<Collected> {
  const { hashes } = options;
  const pacer = new Pacer(options.signal);
  const progress = new Progress(options.onProgress);

  const labels = makeLabels({ ...options, paths: files.map(({ path }) => path) });
  const plain = await readPlain(
    files.filter(({ source }) => source.rules === undefined),
    labels,
    { hashes, pacer, onProgress: progress.startPart() },
  );
  const winners = new Set(files);
  const hashed: Hashed[] = [];
  for (const one of walked) {
    if (one.hashing === undefined) continue;
    const { hashing } = one;
    const { externals, maxKeyBytes, signal } = options;
    const isWanted = (file: Walked['files'][number]) => winners.has(file);
    const onProgress = progress.startPart();
    hashed.push(
      await readDjango(one, { hashing, isWanted, labels, externals, maxKeyBytes, hashes, signal, onProgress }),
    );
  }
  progress.report();
  const taken = await takeExternals([...plain, ...hashed.flatMap(({ assets }) => assets)], options.externals, files);
  const named = new Map(hashed.flatMap(({ named: one }) => [...one]).filter(([path]) => !taken.externals.has(path)));
  const { assets, aliases } = uniteKeys(taken.assets, named);
  const djangoVersion = oldest(walked.flatMap(({ hashing }) => (hashing === undefined ? [] : [hashing.version])));
  const warnings = [...walked, ...hashed, taken].flatMap((one) => one.warnings);
  const { headers = [], url = '' } = options.tagging ?? {};
  return {
    assets: tagAssets(assets, headers, url),
    lookup: makeLookup({ aliases, externals: taken.externals, djangoVersion }),
    warnings,
  };
}

/** `major.minor` of the oldest version: what it reads, the others read, too. */
function oldest(versions: readonly string[]): string | undefined {
  const releases = versions.map((version) => version.split('.', 2).map((part) => Number.parseInt(part, 10)));
  const [first] = releases.sort(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d);
  return first?.join('.');
}
