import { isIPv6 } from 'node:net';

/** `urllib.parse.SplitResult`. */
export interface UrlParts {
  readonly scheme: string;
  readonly netloc: string;
  readonly path: string;
  readonly query: string;
  readonly fragment: string;
}

/** Where Python raises ValueError; the message is Python's. */
export class UrlError extends Error {}

/** Schemes after which `urlunsplit` writes `//`, and those whose path may carry `;parameters`. */
const usesNetloc = new Set(
  'ftp http gopher nntp telnet imap wais file mms https shttp snews prospero rtsp rtsps rtspu rsync svn svn+ssh sftp nfs git git+ssh ws wss itms-services'.split(
    ' ',
  ),
);
const usesParameters = new Set([
  '',
  'ftp',
  'hdl',
  'prospero',
  'http',
  'imap',
  'https',
  'shttp',
  'rtsp',
  'rtsps',
  'rtspu',
  'sip',
  'sips',
  'mms',
  'sftp',
  'tel',
]);

/** `urllib.parse.urlsplit` of a string. Raises UrlError. */
export function urlsplit(text: string): UrlParts {
  let rest = text.replace(/^[\0-\x20]+/, '').replace(/[\t\r\n]/g, '');
  let scheme = '';
  const start = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(rest);
  if (start?.[1] !== undefined) {
    scheme = start[1].toLowerCase();
    rest = rest.slice(start[0].length);
  }
  let netloc = '';
  if (rest.startsWith('//')) {
    const end = rest.slice(2).search(/[/?#]/);
    netloc = end === -1 ? rest.slice(2) : rest.slice(2, end + 2);
    rest = rest.slice(netloc.length + 2);
    checkNetloc(netloc);
  }
  const [beforeFragment, fragment] = cut(rest, '#');
  const [path, query] = cut(beforeFragment, '?');
  return { scheme, netloc, path, query, fragment };
}

function checkNetloc(netloc: string): void {
  const bracketed = /\[([^\]]*)\]/.exec(netloc)?.[1];
  const isWhole = bracketed !== undefined && (isIPv6(bracketed) || /^v[0-9a-f]+\../i.test(bracketed));
  if (/[[\]]/.test(netloc) && !isWhole) throw new UrlError('Invalid IPv6 URL');
  // A host whose compatibility form holds a delimiter could be split at another place by others.
  const host = netloc.replace(/[@:#?]/g, '');
  const normal = host.normalize('NFKC');
  if (normal !== host && /[/?#@:]/.test(normal)) {
    throw new UrlError(`netloc '${netloc}' contains invalid characters under NFKC normalization`);
  }
}

/** `urllib.parse.urlunsplit`. */
export function urlunsplit({ scheme, netloc, path, query, fragment }: UrlParts): string {
  let url = path;
  if (netloc !== '') url = `//${netloc}${path === '' || path.startsWith('/') ? path : `/${path}`}`;
  else if (path.startsWith('//')) url = `//${path}`;
  else if (usesNetloc.has(scheme) && (path === '' || path.startsWith('/'))) url = `//${path}`;
  if (scheme !== '') url = `${scheme}:${url}`;
  if (query !== '') url += `?${query}`;
  if (fragment !== '') url += `#${fragment}`;
  return url;
}

/** `urllib.parse.urldefrag`: text without `#` comes back as it is. Raises UrlError. */
export function urldefrag(url: string): readonly [url: string, fragment: string] {
  if (!url.includes('#')) return [url, ''];
  const parts = urlsplit(url);
  const path = usesParameters.has(parts.scheme) ? dropEmptyParameters(parts.path) : parts.path;
  return [urlunsplit({ ...parts, path, fragment: '' }), parts.fragment];
}

/** `urlparse` cuts parameters off the last part of a path, and `urlunparse` adds them again unless they are empty. */
function dropEmptyParameters(path: string): string {
  const semicolon = path.indexOf(';', path.lastIndexOf('/') + 1);
  return semicolon !== -1 && semicolon === path.length - 1 ? path.slice(0, semicolon) : path;
}

/** `urllib.parse.unquote`: bytes that are no UTF-8 become U+FFFD, a `%` without two hex digits stays. */
export function unquote(text: string): string {
  if (!text.includes('%')) return text;
  // Python decodes each run of ASCII on its own, so an escape never joins with a character beside it.
  return text.replace(/[\0-\x7f]+/g, (run) => {
    if (!run.includes('%')) return run;
    const bytes = run.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    return Buffer.from(bytes, 'latin1').toString('utf8');
  });
}

function cut(text: string, mark: string): readonly [before: string, after: string] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
