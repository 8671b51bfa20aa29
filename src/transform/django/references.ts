import { hashedName, pathInRoot } from './hashed-name.ts';
import { dirname, join, lastPart, normpath } from './python-path.ts';
import { UrlError, unquote, urldefrag, urlsplit } from './python-url.ts';
import type { Rules } from './rules.ts';
import type { SiteFile, StaticRoot } from './site.ts';

export type Resolution =
  | { readonly kind: 'left' }
  | { readonly kind: 'rewritten'; readonly url: string }
  /** The target has no final name yet. */
  | { readonly kind: 'waiting'; readonly target: SiteFile }
  /** `place`: where the file should be, below the root. */
  | { readonly kind: 'missing' | 'outside'; readonly place: string }
  | { readonly kind: 'malformed'; readonly reason: string };

export interface ReferenceContext {
  readonly root: StaticRoot;
  readonly rules: Rules;
  /** With Django's script prefix: it starts in `/` or holds a host. */
  readonly staticUrl: string;
  readonly lenient: boolean;
  /** Hex MD5 of a file as collected. */
  readonly md5Of: (file: SiteFile) => string;
}

/** Django adds a slash to a relative STATIC_URL (unless a server mounts it elsewhere) and leaves absolute ones. */
export function resolveStaticUrl(written: string): string {
  return /^(https?:\/\/|\/)/.test(written) ? written : `/${written}`;
}

/** What Django's `url_converter` makes of one URL in a file. */
export function resolveReference(url: string, from: SiteFile, context: ReferenceContext): Resolution {
  const { rules, staticUrl } = context;
  if (/^[a-z]+:/.test(url) || (rules.skipsHosts && url.startsWith('//'))) return { kind: 'left' };
  if (url.startsWith('/') && !url.startsWith(staticUrl)) return { kind: 'left' };
  try {
    const [path, fragment] = urldefrag(url);
    if (path === '' && rules.skipsFragments) return { kind: 'left' };
    const target = path.startsWith('/') ? path.slice(staticUrl.length) : join(dirname(from.path), path);
    const last = lastPartOfTarget(unquote(target), from, context);
    if (typeof last !== 'string') return last;
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const mark = fragment === '' ? '' : url.includes('?#') ? '?#' : '#';
    return { kind: 'rewritten', url: unquote(folder + last + mark + fragment) };
  } catch (error) {
    if (error instanceof UrlError) return { kind: 'malformed', reason: error.message };
    throw error;
  }
}

/**
 * The last part of what Django's `_url` gives for a name. Django makes it a full URL first, which changes nothing in the last part
 * but `.` and `..`, which vanish.
 */
function lastPartOfTarget(name: string, from: SiteFile, context: ReferenceContext): string | Resolution {
  const [path, fragment] = urldefrag(name);
  let hashed: string | Resolution = name;
  if (!urlsplit(path).path.endsWith('/')) hashed = storedName(normpath(path), from, context);
  if (typeof hashed !== 'string') return hashed;
  const last = lastPart(hashed.replaceAll('\\', '/'));
  const mark = name.includes('?#') ? '?' : '';
  const suffix = fragment === '' ? mark : `${mark}#${unquote(fragment)}`;
  return lastPart((last === '.' || last === '..' ? '' : last) + suffix);
}

function storedName(name: string, from: SiteFile, context: ReferenceContext): string | Resolution {
  const target = context.root.named(name.replaceAll('\\', '/'));
  if (target === undefined) return nameOnDisk(name, from, context);
  // Django meets some targets before it has named them, and then looks where their names, taken for URLs, lead.
  if (!context.lenient && target.order >= from.order && pathInRoot(name) !== target.name) {
    const early = nameOnDisk(name, from, context);
    if (typeof early !== 'string') return early;
  }
  return target.hashed ?? { kind: 'waiting', target };
}

/** For names that Django has not processed: the hash of what lies there as it is, which for `a.css?v=1` is the unchanged copy. */
function nameOnDisk(name: string, from: SiteFile, context: ReferenceContext): string | Resolution {
  const place = pathInRoot(name);
  const found = context.root.find(place, from.order);
  if (found.kind === 'folder') return name;
  if (found.kind !== 'file') return { kind: found.kind, place };
  if (found.copy === 'collected') return hashedName(name, context.md5Of(found.file));
  return hashedName(name, found.file.hashedMd5 ?? context.md5Of(found.file));
}
