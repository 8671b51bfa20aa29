import type { Asset } from '../model.ts';
import { contentTypeOf } from './content-type.ts';
import { type Begun, Digests } from './digests.ts';
import { FileBody } from './file-body.ts';
import type { FileDigest } from './file-digest.ts';
import type { HashCache } from './hash-cache.ts';
import type { Labels } from './labels.ts';
import type { Pacer } from './pacer.ts';
import type { Done } from './progress.ts';
import type { FoundFile } from './walk.ts';

export interface ReadOptions {
  readonly hashes: HashCache | undefined;
  readonly pacer: Pacer;
  readonly onProgress: (done: Done) => void;
}

/** Reads each file once, or not at all where `hashes` knows it; its key is its path. Raises SOURCE_CHANGED and SOURCE_MISSING. */
export async function readPlain(
  files: readonly FoundFile[],
  labels: Labels,
  { hashes, pacer, onProgress }: ReadOptions,
): Promise<Asset[]> {
  if (files.length === 0) return [];
  const digests = new Digests<FileDigest>('sha256', hashes, pacer);
  try {
    const begun = await beginAll(files, digests, { pacer, onProgress });
    const assets: Asset[] = [];
    for (const [index, found] of files.entries()) {
      const digest = await begun[index]?.digest;
      if (digest !== undefined) assets.push(toAsset(found, digest, labels));
    }
    onProgress({ files: assets.length, bytes: assets.reduce((sum, { size }) => sum + size, 0) });
    return assets;
  } finally {
    await digests.close();
  }
}

async function beginAll(
  files: readonly FoundFile[],
  digests: Digests<FileDigest>,
  { pacer, onProgress }: Pick<ReadOptions, 'pacer' | 'onProgress'>,
): Promise<Begun<FileDigest>[]> {
  const begun: Begun<FileDigest>[] = [];
  let bytes = 0;
  for (const { file, label } of files) {
    const one = await digests.begin(file, label);
    begun.push(one);
    const size = 'size' in one.digest ? one.digest.size : 0;
    bytes += size;
    if (!pacer.isDue(size)) continue;
    onProgress({ files: begun.length, bytes });
    await pacer.pause();
  }
  return begun;
}

function toAsset(
  { path, file, label, source }: FoundFile,
  { size, sha256, transportStream }: FileDigest,
  { classOf, headersOf }: Labels,
): Asset {
  const assetClass = classOf(path, source.fingerprint);
  const headers = headersOf({ path, class: assetClass, contentType: contentTypeOf(path, transportStream) });
  const body = new FileBody(file, label, { size, sha256 });
  return { path, key: path, sha256, size, class: assetClass, headers, body };
}
