import type { Lookup, Manifest, ManifestFile } from '../model.ts';
import { sameHeaders } from './diff.ts';
import { canonicalJson } from './digest.ts';

type Content = Pick<Manifest, 'files' | 'cdnUrl' | keyof Lookup>;

/**
 * The first thing in which two lists of files differ, by key, as the end of a sentence; `undefined` where they are the same. `mine` and `theirs`
 * are what to call the two.
 */
export function describeFirstDifference(
  a: Content,
  b: Content,
  { mine, theirs }: { readonly mine: string; readonly theirs: string },
): string | undefined {
  if (a.cdnUrl !== b.cdnUrl) return `CDN_URL is ${a.cdnUrl} in ${mine} and ${b.cdnUrl} in ${theirs}`;
  const others = new Map(b.files.map((file) => [file.key, file]));
  for (const file of a.files) {
    const other = others.get(file.key);
    others.delete(file.key);
    if (other === undefined) return `${file.path} is only in ${mine} (sha256 ${file.sha256})`;
    const how = describeFile(file, other, mine, theirs);
    if (how !== undefined) return how;
  }
  const [rest] = others.values();
  if (rest !== undefined) return `${rest.path} is only in ${theirs} (sha256 ${rest.sha256})`;
  const fields = ['aliases', 'externals', 'djangoVersion'] as const;
  const field = fields.find((name) => canonicalJson(a[name]) !== canonicalJson(b[name]));
  return field && `\`${field}\` of the manifest differs between ${mine} and ${theirs}`;
}

function describeFile(a: ManifestFile, b: ManifestFile, mine: string, theirs: string): string | undefined {
  if (a.sha256 !== b.sha256) {
    return `${a.path} has sha256 ${a.sha256} in ${mine} and ${b.sha256} in ${theirs}`;
  }
  if (a.path !== b.path) return `${a.key} is ${a.path} in ${mine} and ${b.path} in ${theirs}`;
  if (a.class !== b.class) return `${a.path} is ${a.class} in ${mine} and ${b.class} in ${theirs}`;
  if (sameHeaders(a.headers, b.headers)) return undefined;
  const names = [...new Set([...Object.keys(a.headers), ...Object.keys(b.headers)])];
  const name = names.find((one) => a.headers[one] !== b.headers[one]) as string;
  const value = (file: ManifestFile): string => JSON.stringify(file.headers[name] ?? null);
  return `${a.path} has the header ${name} ${value(a)} in ${mine} and ${value(b)} in ${theirs}`;
}
