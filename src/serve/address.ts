/** Where a request points to. */
export type Address =
  | { readonly kind: 'key'; readonly key: string; readonly path: string; readonly query: string }
  /** The base URL without its slash: `/static` beside `/static/`. */
  | { readonly kind: 'base' }
  /** Outside the base URL, or nothing that may be served. */
  | { readonly kind: 'outside' }
  | { readonly kind: 'malformed'; readonly why: string };

/** What is not seen in a name, or ignored by some file systems in it. */
const invisible = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu;

/**
 * The key that a request target names. `base` is the path of the public URL, decoded, with a slash at both ends. The path is decoded once,
 * so that all spellings of a key are one address, and never resolved: `..` in any spelling is refused.
 */
export function parseAddress(target: string, base: string): Address {
  // Proxies are sent the whole URL.
  const relative = target.replace(/^https?:\/\/[^/?#]*/i, '');
  const [rawPath = '', query] = relative.split('#', 1)[0]?.split(/\?(.*)/s) ?? [];
  const path = decodePath(rawPath === '' ? '/' : rawPath);
  if (path === undefined)
    return { kind: 'malformed', why: 'The path has a percent sign that does not start an escape.' };
  if (/[\0\r\n]/.test(path)) return { kind: 'malformed', why: 'The path holds NUL or a line break.' };
  if (!path.startsWith('/')) return { kind: 'malformed', why: 'The path does not start with a slash.' };
  if (path.split('/').some((segment) => segment === '.' || segment === '..')) {
    return { kind: 'malformed', why: 'The path holds `.` or `..`.' };
  }
  if (path === base.slice(0, -1)) return { kind: 'base' };
  if (!path.startsWith(base)) return { kind: 'outside' };
  const key = path.slice(base.length);
  if (key.split('/').some(isState)) return { kind: 'outside' };
  return { kind: 'key', key, path, query: query === undefined ? '' : `?${query}` };
}

/** Each spelling of a path becomes the same text; undefined for a malformed escape. */
export function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/**
 * Whether a file system may take a name for `.waybill`: some ignore letter case, compatibility forms and invisible characters, Windows
 * also dots and spaces at the end, streams (`.waybill::$DATA`) and short names (`WAYBIL~1`).
 */
function isState(segment: string): boolean {
  const folded = segment.normalize('NFKC').toLowerCase().replace(invisible, '');
  return /^\.waybill[. ]*(:.*)?$/.test(folded) || /^\.?waybil~\d+$/.test(folded);
}
