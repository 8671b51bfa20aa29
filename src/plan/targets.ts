import { UsageError } from '../errors/errors.ts';
import type { Manifest } from '../model.ts';
import type { EdgeTraits } from '../provider/contract.ts';
import { basePath, directoryForms, encodedForms, urlPaths } from './url.ts';

/** What somebody asks edges to forget. Keys and prefixes are relative to CDN_URL and not encoded. */
export type Target =
  /** Files of the live version: one name may stand for an original and its hashed copy. */
  | { readonly kind: 'files'; readonly keys: readonly string[] }
  /** A name that the live version does not have, which an edge may hold as a cached 404. */
  | { readonly kind: 'unknown'; readonly key: string }
  | { readonly kind: 'prefix'; readonly prefix: string }
  /** Everything below CDN_URL. */
  | { readonly kind: 'all' };

type Listing = Pick<Manifest, 'files' | 'aliases' | 'externals'>;

/**
 * Reads a logical path or key of the live version, a URL path, a full URL, or one of these with a last `*`. Throws USAGE for what does not
 * lie below `url`, and for what edges cannot be told.
 */
export function parseTarget(text: string, url: string, live: Listing): Target {
  const external = live.externals?.[text];
  if (external) throw wrong(text, `is served by ${external.url}, not through CDN_URL`);
  // A name may hold anything, a `*` and escapes too.
  const named = findKeys(live, text);
  if (named.length > 0) return { kind: 'files', keys: named };
  const star = text.indexOf('*');
  if (star >= 0 && star < text.length - 1) throw wrong(text, 'has a `*` that is not its last character');
  if (star >= 0) return { kind: 'prefix', prefix: toName(text.slice(0, -1), url) };
  const name = toName(text, url);
  const keys = findKeys(live, name);
  return keys.length > 0 ? { kind: 'files', keys } : { kind: 'unknown', key: name };
}

/** A name relative to CDN_URL, decoded. */
function toName(text: string, url: string): string {
  if (/[?#]/.test(text)) throw wrong(text, 'has a query or a fragment; edges are told paths');
  const host = /^https?:\/\/([^/]*)/i.exec(text);
  if (host && host[1]?.toLowerCase() !== /^https?:\/\/([^/]*)/i.exec(url)?.[1]?.toLowerCase()) {
    throw outside(text, url);
  }
  const path = decode(host ? text.slice(host[0].length) || '/' : text);
  if (/[\0\r\n]/.test(path) || path.split('/').some((part) => part === '.' || part === '..')) {
    throw wrong(text, 'holds `.`, `..` or a control character as a name');
  }
  if (!host && !path.startsWith('/')) return path;
  const base = decode(basePath(url));
  // The folder of CDN_URL itself, without its slash.
  if (path === base.slice(0, -1)) return '';
  if (!path.startsWith(base)) throw outside(text, url);
  return path.slice(base.length);
}

function findKeys({ files, aliases = {} }: Listing, name: string): string[] {
  const keys = files
    .filter(({ path, key }) => path === name || key === name || directoryForms(key).includes(name))
    .map((file) => file.key);
  const alias = Object.hasOwn(aliases, name) ? aliases[name] : undefined;
  return alias === undefined ? keys : [...keys, alias];
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function wrong(text: string, why: string): UsageError {
  return new UsageError('USAGE', `PATH ${JSON.stringify(text)} ${why}.`, {
    hint: 'Name a file of the live version, a URL below CDN_URL, or the start of either with a last `*`.',
  });
}

function outside(text: string, url: string): UsageError {
  return new UsageError('USAGE', `PATH ${JSON.stringify(text)} does not lie below CDN_URL, which is ${url}.`, {
    hint: `Expected ${url}…, a URL path that starts with ${basePath(url)}, or a name of the live version without a first slash.`,
  });
}

/** The items that one edge is told for these targets. An edge that takes no prefixes is told the files of the live version below them. */
export function targetItems(traits: EdgeTraits, url: string, targets: readonly Target[], live: Listing): string[] {
  const paths = (keys: readonly string[]): string[] => keys.flatMap((key) => urlPaths(url, key, traits.encoding));
  const below = (prefix: string): readonly string[] =>
    live.files.map((file) => file.key).filter((key) => key.startsWith(prefix));
  const items = targets.flatMap((target) => {
    if (target.kind === 'files') return paths(target.keys);
    if (target.kind === 'unknown') return paths([target.key]);
    const takesPrefixes = traits.scopes.includes('prefixes');
    // More than was asked for, and the only way to reach names that no version knows.
    if (target.kind === 'all' && !takesPrefixes && traits.scopes.includes('everything')) return ['*'];
    const prefix = target.kind === 'all' ? '' : target.prefix;
    if (!takesPrefixes) return paths(below(prefix));
    const starred = encodedForms(prefix, traits.encoding).map((form) => `${basePath(url)}${form}*`);
    // `/docs` shows the page of `/docs/`, and is not below it.
    const bare = prefix === '' || prefix.endsWith('/') ? paths([`${prefix}index.html`]) : [];
    return [...starred, ...bare.filter((path) => !starred.some((item) => path.startsWith(item.slice(0, -1))))];
  });
  return [...new Set(items)].sort();
}
