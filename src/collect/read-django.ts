import type { Asset } from '../model.ts';
import { makeBody } from '../provider/bytes.ts';
import { type DjangoOptions, fingerprintDjango } from '../transform/django/fingerprint.ts';
import type { DjangoOutput } from '../transform/django/outputs.ts';
import { contentTypeOf } from './content-type.ts';
import { FileBody } from './file-body.ts';
import type { HashCache } from './hash-cache.ts';
import type { Hashing } from './hashing.ts';
import type { Labels } from './labels.ts';
import { checkKey } from './names.ts';
import type { FoundFile, Walked } from './walk.ts';

export interface Hashed {
  readonly assets: readonly Asset[];
  /** Hashed key by logical path, for every file. */
  readonly named: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
}

export interface HashOptions {
  readonly hashing: Hashing;
  /** Whether no other source has taken the file's place. Others keep their hashed copies, since files of this source may name them. */
  readonly isWanted: (file: FoundFile) => boolean;
  readonly labels: Labels;
  /** By logical path. */
  readonly externals: ReadonlyMap<string, unknown>;
  readonly maxKeyBytes: number;
  readonly hashes: HashCache | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: NonNullable<DjangoOptions['onProgress']>;
}

/**
 * Reads a source's files and names them as Django does. References are resolved within the source, as Django would see it, before the
 * source's prefix is put in front. Raises what `fingerprintDjango` raises, and SOURCE_NAME.
 */
export async function readDjango({ source, files }: Walked, options: HashOptions): Promise<Hashed> {
  const { prefix, rules } = source;
  const { hashing, isWanted, externals, hashes, signal, onProgress } = options;
  const byName = new Map(files.map((one) => [djangoName(one.path.slice(prefix.length)), one]));
  const { outputs, paths, warnings } = await fingerprintDjango(
    [...byName].map(([path, { file }]) => ({ path, file })),
    {
      ...hashing,
      lenient: rules?.lenient ?? false,
      isElsewhere: (path) => externals.has(prefix + path),
      keepOriginals: rules?.keepOriginals ?? true,
      ...(hashes === undefined ? {} : { hashes }),
      signal,
      onProgress,
    },
  );
  const assets = outputs.flatMap((output) => {
    const found = byName.get(output.path);
    if (found === undefined) return [];
    const asset = toAsset(output, found, options);
    if (isWanted(found)) return [asset];
    // Files of this source may name it by its hashed name; its path belongs to another source.
    return output.hashed ? [{ ...asset, path: asset.key }] : [];
  });
  const named = new Map<string, string>();
  for (const [path, key] of paths) {
    const found = byName.get(path);
    if (found !== undefined && isWanted(found)) named.set(prefix + path, prefix + key);
  }
  return { assets, named, warnings };
}

/** A backslash in a name is a slash to Django. */
function djangoName(path: string): string {
  return path.replaceAll('\\', '/');
}

function toAsset(output: DjangoOutput, found: FoundFile, { labels, maxKeyBytes }: HashOptions): Asset {
  const { sha256, size, hashed, transportStream, source } = output;
  const { label } = found;
  const path = found.source.prefix + output.path;
  const key = found.source.prefix + output.key;
  if (hashed) checkKey(key, label, maxKeyBytes);
  const assetClass = hashed ? 'immutable' : labels.classOf(path, found.source.fingerprint);
  const contentType = contentTypeOf(path, transportStream);
  const body = 'bytes' in source ? makeBody(source.bytes) : new FileBody(source.file, label, { sha256, size });
  const headers = labels.headersOf({ path, class: assetClass, contentType });
  return { path, key, sha256, size, class: assetClass, headers, body };
}
