import type { Asset } from '../model.ts';
import { contentTypeOf } from './content-type.ts';
import { FileBody } from './file-body.ts';
import { digestBufferBytes, digestFile } from './file-digest.ts';
import type { Labels } from './labels.ts';
import type { Pacer } from './pacer.ts';
import type { Done } from './progress.ts';
import type { FoundFile } from './walk.ts';

export interface ReadOptions {
  readonly pacer: Pacer;
  readonly onProgress: (done: Done) => void;
}

/** Reads each file once; its key is its path. Raises SOURCE_CHANGED and SOURCE_MISSING. */
export async function readPlain(
  files: readonly FoundFile[],
  { classOf, headersOf }: Labels,
  { pacer, onProgress }: ReadOptions,
): Promise<Asset[]> {
  if (files.length === 0) return [];
  const buffer = Buffer.allocUnsafe(digestBufferBytes);
  const assets: Asset[] = [];
  let bytes = 0;
  for (const { path, file, label, source } of files) {
    const { transportStream, ...digest } = await digestFile(file, label, buffer, pacer);
    const assetClass = classOf(path, source.fingerprint);
    const contentType = contentTypeOf(path, transportStream);
    assets.push({
      path,
      key: path,
      ...digest,
      class: assetClass,
      headers: headersOf({ path, class: assetClass, contentType }),
      body: new FileBody(file, label, digest),
    });
    bytes += digest.size;
    if (pacer.isDue(digest.size)) {
      onProgress({ files: assets.length, bytes });
      await pacer.pause();
    }
  }
  onProgress({ files: assets.length, bytes });
  return assets;
}
