import type { Asset } from '../model.ts';
import { makeBody } from '../provider/bytes.ts';
import { type DjangoOptions, fingerprintDjango } from '../transform/django/fingerprint.ts';
import type { DjangoOutput } from '../transform/django/outputs.ts';
import { contentTypeOf } from './content-type.ts';
import { FileBody } from './file-body.ts';
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
  /** Whether no other source has taken the file's place. Others are read all the same, since files of this source may name them. */
  readonly isWanted: (file: FoundFile) => boolean;
  readonly labels: Labels;
  readonly maxKeyBytes: number;
  readonly signal: AbortSignal;
  readonly onProgress: NonNullable<DjangoOptions['onProgress']>;
}

/**
 * Reads a source's files and names them as Django does. References are resolved within the source, as Django would see it, before the
 * source's prefix is put in front. Raises what `fingerprintDjango` raises, and SOURCE_NAME.
 */
export async function readDjango({ source, files }: Walked, options: HashOptions): Promise<Hashed> {
  const { prefix, rules } = source;
  const { hashing, isWanted, signal, onProgress } = options;
  const byName = new Map(files.map((one) => [djangoName(one.path.slice(prefix.length)), one]));
  const { outputs, paths, warnings } = await fingerprintDjango(
    [...byName].map(([path, { file }]) => ({ path, file })),
    { ...hashing, lenient: rules?.lenient ?? false, keepOriginals: rules?.keepOriginals ?? true, signal, onProgress },
  );
  const assets = outputs.flatMap((output) => {
    const found = byName.get(output.path);
    return found !== undefined && isWanted(found) ? [toAsset(output, found, options)] : [];
  });
  const named = new Map<string, string>();
  for (const [path, key] of paths) {
    const found = byName.get(path);
    if (found !== undefined && isWanted(found)) named.set(found.path, prefix + key);
  }
  return { assets, named, warnings };
}

/** A backslash in a name is a slash to Django. */
function djangoName(path: string): string {
  return path.replaceAll('\\', '/');
}

function toAsset(output: DjangoOutput, found: FoundFile, { labels, maxKeyBytes }: HashOptions): Asset {
  const { sha256, size, hashed, transportStream, source } = output;
  const { path, label } = found;
  const key = hashed ? found.source.prefix + output.key : path;
  if (hashed) checkKey(key, label, maxKeyBytes);
  const assetClass = hashed ? 'immutable' : labels.classOf(path, found.source.fingerprint);
  const contentType = contentTypeOf(path, transportStream);
  const body = 'bytes' in source ? makeBody(source.bytes) : new FileBody(source.file, label, { sha256, size });
  const headers = labels.headersOf({ path, class: assetClass, contentType });
  return { path, key, sha256, size, class: assetClass, headers, body };
}
