import { compareUtf8 } from '../byte-order.ts';
import type { ClassRule, HeaderRule, Source } from '../config/types.ts';
import type { Asset } from '../model.ts';
import { makeClassifier } from './classify.ts';
import { contentTypeOf } from './content-type.ts';
import { FileBody } from './file-body.ts';
import { digestBufferBytes, digestFile } from './file-digest.ts';
import { findHashFolders } from './hashed-name.ts';
import { makeHeaderResolver } from './headers.ts';
import { mergeSources } from './merge.ts';
import { Pacer } from './pacer.ts';
import { walk } from './walk.ts';

export interface CollectOptions {
  readonly sources: readonly Source[];
  /** gitignore syntax, for every source. */
  readonly ignore: readonly string[];
  readonly collisions: 'error' | 'first' | 'last';
  readonly classes: readonly ClassRule[];
  readonly headers: readonly HeaderRule[];
  /** Whether the environment has an edge that takes invalidations; it decides the default cache-control. */
  readonly edgeInvalidates: boolean;
  /** UTF-8 bytes of the longest key that the origin stores. */
  readonly maxKeyBytes: number;
  readonly signal: AbortSignal;
  /** Told a few times a second how much has been read so far, and once at the end. */
  readonly onProgress?: (done: { readonly files: number; readonly bytes: number }) => void;
}

export interface Collected {
  /** Sorted by key in UTF-8 byte order. */
  readonly assets: readonly Asset[];
  /** Sentences about files that were left out. */
  readonly warnings: readonly string[];
}

/**
 * Reads every file of the sources once and says what a version of them consists of. Nothing is read before all names are known to
 * be good. Raises SourceError: SOURCE_MISSING, SOURCE_EMPTY, SOURCE_COLLISION, SOURCE_SYMLINK, SOURCE_NAME, SOURCE_CHANGED; rejects
 * with the signal's reason when it is aborted.
 */
export async function collect(options: CollectOptions): Promise<Collected> {
  options.signal.throwIfAborted();
  const done = { files: 0, bytes: 0 };
  const report = () => options.onProgress?.({ ...done });
  const pacer = new Pacer(options.signal);
  const walked = [];
  for (const source of options.sources) {
    walked.push(await walk(source, { ignore: options.ignore, maxKeyBytes: options.maxKeyBytes, pacer }));
  }
  const files = mergeSources(walked, options.collisions);

  const classOf = makeClassifier(options.classes, findHashFolders(files.map(({ path }) => path)));
  const headersOf = makeHeaderResolver(options.headers, options.edgeInvalidates);
  const buffer = Buffer.allocUnsafe(digestBufferBytes);
  const assets: Asset[] = [];
  for (const { path, file, label, source } of files) {
    const digest = await digestFile(file, label, buffer, pacer);
    const assetClass = classOf(path, source.fingerprint);
    const contentType = contentTypeOf(path, digest.transportStream);
    assets.push({
      path,
      key: path,
      sha256: digest.sha256,
      size: digest.size,
      class: assetClass,
      headers: headersOf({ path, class: assetClass, contentType }),
      body: new FileBody(file, label, digest),
    });
    done.files += 1;
    done.bytes += digest.size;
    if (pacer.isDue(digest.size)) {
      report();
      await pacer.pause();
    }
  }
  report();
  assets.sort((a, b) => compareUtf8(a.key, b.key));
  return { assets, warnings: walked.flatMap(({ warnings }) => warnings) };
}
