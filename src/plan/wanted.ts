import type { Lookup, ManifestFile } from '../model.ts';
import { canonicalJson } from './digest.ts';

/** A run asks several times for the same thousands of files. */
const known = new WeakMap<readonly ManifestFile[], { readonly lookup: string; readonly digest: string }>();

/** sha256 over all files of a version and what paths mean beside them; the same for what is the same to visitors and the application. */
export function digestWanted(
  files: readonly ManifestFile[],
  { aliases, externals, djangoVersion }: Lookup,
  hash: (text: string) => string,
): string {
  const lookup = canonicalJson({ aliases, externals, djangoVersion });
  const before = known.get(files);
  if (before?.lookup === lookup) return before.digest;
  const rows = files.map((file) => [file.key, file.path, file.sha256, file.class, file.headers]);
  const digest = hash(canonicalJson({ files: rows, aliases, externals, djangoVersion }));
  known.set(files, { lookup, digest });
  return digest;
}

/**
 * Names what several machines stage together: the same for the same files of one environment, whenever, wherever and by whichever run they were
 * collected.
 */
export function digestStage(
  stage: { readonly project: string; readonly environment: string; readonly cdnUrl: string; readonly wanted: string },
  hash: (text: string) => string,
): string {
  const { project, environment, cdnUrl, wanted } = stage;
  return hash(canonicalJson({ project, environment, cdnUrl, wanted }));
}
