import type { Manifest } from '../model.ts';
import { type Finding, isPage } from './compare.ts';
import type { Problem } from './types.ts';

/**
 * Says whose the wrong bytes are: of another version at the same key, from the likeliest to the least, or of another file of the live
 * version. `keys` maps URLs to keys.
 */
export function explainBytes(
  findings: readonly Finding[],
  { live, others, keys }: { live: Manifest; others: readonly Manifest[]; keys: ReadonlyMap<string, string> },
): Problem[] {
  return findings.map(({ sha256, ...problem }) => {
    if (sha256 === undefined) return problem;
    const key = keys.get(problem.url);
    const version = others.find(({ files }) =>
      files.some((file) => file.key === key && file.sha256 === sha256),
    )?.version;
    if (version !== undefined) return { ...problem, code: 'STALE', message: `serves version ${version}'s bytes` };
    const other = live.files.find((file) => file.sha256 === sha256 && file.key !== key);
    if (!other) return problem;
    const fallback = isPage(other.headers['content-type'] ?? null);
    return {
      ...problem,
      code: fallback ? 'SPA_FALLBACK' : 'BYTES',
      message: `serves the bytes of ${other.key}${fallback ? ' (SPA fallback)' : ''}`,
    };
  });
}
