import type { FileDigests } from '../../collect/file-digest.ts';
import type { SiteFile } from './site.ts';

/** One object that Django's storage would leave in STATIC_ROOT. */
export interface DjangoOutput extends FileDigests {
  /** Logical path: the manifest's key. */
  readonly path: string;
  /** Where the bytes are stored: the hashed name, or the path itself for an original. */
  readonly key: string;
  /** The collected file, or the bytes where references were rewritten. */
  readonly source: { readonly file: string } | { readonly bytes: Uint8Array };
  readonly hashed: boolean;
}

export interface ProcessedFile {
  readonly file: SiteFile & { readonly hashed: string };
  readonly collected: FileDigests;
  readonly rewritten: { readonly bytes: Uint8Array; readonly digests: FileDigests } | undefined;
}

/** Django's manifest, which it writes over a collected file of that name. */
const manifestName = 'staticfiles.json';

/**
 * Lists each stored object once. Django overwrites what lies under the hashed name of a style sheet or script, and takes what lies
 * under that of any other file for its copy.
 */
export function listOutputs(processed: readonly ProcessedFile[], keepOriginals: boolean): DjangoOutput[] {
  const originals = new Map(processed.map((one) => [one.file.name, one]));
  const outputs = new Map<string, DjangoOutput>();
  if (keepOriginals) {
    for (const [path, { file, collected }] of originals) {
      if (path === manifestName) continue;
      outputs.set(path, { ...collected, path, key: path, source: { file: file.file }, hashed: false });
    }
  }
  for (const { file, collected, rewritten } of processed) {
    const to = { path: file.name, key: file.hashed, hashed: true };
    const inPlace = file.syntax === undefined ? originals.get(file.hashed) : undefined;
    if (file.syntax === undefined && outputs.has(file.hashed)) continue;
    if (rewritten !== undefined) {
      outputs.set(file.hashed, { ...rewritten.digests, ...to, source: { bytes: rewritten.bytes } });
    } else {
      const { file: from, collected: digests } = inPlace ?? { file, collected };
      outputs.set(file.hashed, { ...digests, ...to, source: { file: from.file } });
    }
  }
  return [...outputs.values()];
}
