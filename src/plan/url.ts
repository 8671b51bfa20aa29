/** Percent-encoding of public URLs. Pure, and without a `node:` module: `URL` would also change what it is given. */

/** The URL path of the public base URL, e.g. `/static/` of `https://cdn.example/static/`. */
export function basePath(url: string): string {
  return url.replace(/^[a-z]+:\/\/[^/]+/i, '') || '/';
}

/** A key as it stands in a URL: every byte but `A-Z a-z 0-9 - _ . ! ~ * ' ( )` and `/` is escaped, as Django's `static` tag does. */
export function encodeKey(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/');
}

/** The full public URL of a key. */
export function publicUrl(url: string, key: string): string {
  return url + encodeKey(key);
}

/**
 * Characters that CloudFront wants escaped in an invalidation path: the unsafe ones of RFC 1738 and non-ASCII, no others; `?` and `*`
 * too, which it would take for a query string and a wildcard.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html
 */
const cloudfrontUnsafe = /[^!$&'()+,\-./0-9:;=@A-Z_a-z]/gu;

/**
 * The ways in which browsers may have asked for a key, as an edge wants them told. CloudFront keeps what differs in spelling apart, so
 * the form of our own URLs and the one with as few escapes as its documentation wants are both named where they differ.
 */
export function encodedForms(key: string, encoding: 'uri' | 'cloudfront'): string[] {
  // A literal `*` is escaped in both: at the end of an item it would be a wildcard.
  const own = encodeKey(key).replaceAll('*', '%2A');
  if (encoding === 'uri') return [own];
  const sparse = key.replace(cloudfrontUnsafe, (char) => escapeChar(char));
  return own === sparse ? [own] : [own, sparse];
}

function escapeChar(char: string): string {
  // encodeURIComponent leaves `~` and `*` alone.
  if (char === '~') return '%7E';
  if (char === '*') return '%2A';
  return encodeURIComponent(char);
}

/** A key and the directory URLs under which an edge may hold the same object: `a/index.html` is also `a/` and `a`. */
export function directoryForms(key: string): string[] {
  if (key !== 'index.html' && !key.endsWith('/index.html')) return [key];
  const directory = key.slice(0, -'index.html'.length);
  return directory === '' ? [key, ''] : [key, directory, directory.slice(0, -1)];
}

/** Every URL path under which an edge may hold `key`. */
export function urlPaths(url: string, key: string, encoding: 'uri' | 'cloudfront'): string[] {
  const base = basePath(url);
  const paths = directoryForms(key).flatMap((form) => encodedForms(form, encoding).map((path) => base + path));
  // The folder of the base URL itself, without its slash: `/static` beside `/static/`.
  if (key === 'index.html' && base.length > 1) paths.push(base.slice(0, -1));
  return [...new Set(paths)];
}
