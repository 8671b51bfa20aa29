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
  readonly file: SiteFile;
  /** The final hashed name. */
  readonly hashed: string;
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
      outputs.set(path, toOutput({ path, key: path, hashed: false }, collected, { file: file.file }));
    }
  }
  for (const { file, hashed, collected, rewritten } of processed) {
    const inPlace = file.syntax === undefined ? originals.get(hashed) : undefined;
    if (file.syntax === undefined && outputs.has(hashed)) continue;
    const to = { path: file.name, key: hashed, hashed: true };
    if (rewritten !== undefined) {
      outputs.set(hashed, toOutput(to, rewritten.digests, { bytes: rewritten.bytes }));
    } else {
      const from = inPlace ?? { file, collected };
      outputs.set(hashed, toOutput(to, from.collected, { file: from.file.file }));
    }
  }
  return [...outputs.values()];
}

/** Field by field: spreading takes several times as long, for as many objects as there are. */
function toOutput(
  { path, key, hashed }: Pick<DjangoOutput, 'path' | 'key' | 'hashed'>,
  { size, sha256, md5, transportStream }: FileDigests,
  source: DjangoOutput['source'],
): DjangoOutput {
  return { path, key, size, sha256, md5, transportStream, source, hashed };
}
