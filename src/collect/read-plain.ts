import type { Asset } from '../model.ts';
import { contentTypeOf } from './content-type.ts';
import { FileBody } from './file-body.ts';
import { digestBufferBytes, digestFile } from './file-digest.ts';
import { blindLook, type HashCache } from './hash-cache.ts';
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
  { classOf, headersOf }: Labels,
  { hashes, pacer, onProgress }: ReadOptions,
): Promise<Asset[]> {
  if (files.length === 0) return [];
  const buffer = Buffer.allocUnsafe(digestBufferBytes);
  const assets: Asset[] = [];
  let bytes = 0;
  for (const { path, file, label, source } of files) {
    const look = hashes?.look(file) ?? blindLook;
    const { size, sha256, transportStream } = look.known ?? look.note(await digestFile(file, label, buffer, pacer));
    const assetClass = classOf(path, source.fingerprint);
    const contentType = contentTypeOf(path, transportStream);
    assets.push({
      path,
      key: path,
      sha256,
      size,
      class: assetClass,
      headers: headersOf({ path, class: assetClass, contentType }),
      body: new FileBody(file, label, { size, sha256 }),
    });
    bytes += size;
    if (pacer.isDue(size)) {
      onProgress({ files: assets.length, bytes });
      await pacer.pause();
    }
  }
  onProgress({ files: assets.length, bytes });
  return assets;
}
