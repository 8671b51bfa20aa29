import { isOutside, join, normpath, split, splitext, strip } from './python-path.ts';
import { UrlError, unquote, urlsplit, urlunsplit } from './python-url.ts';

/** Hex digits of an MD5 that go into a name. */
const hashLength = 12;
/** Of one part of a path, on all common file systems. */
const maxPartBytes = 255;

/**
 * Django's `hashed_name`: `css/a.min.css` becomes `css/a.min.<hash>.css`. The name is taken for a URL, so `%41` is decoded, and what
 * follows `?` or `#` stays behind the extension. Raises UrlError.
 */
export function hashedName(name: string, md5: string): string {
  const parts = urlsplit(unquote(name));
  const [folder, file] = split(strip(parts.path));
  const [root, extension] = splitext(file);
  const path = join(folder, `${root}.${md5.slice(0, hashLength)}${extension}`);
  const keepsMark = name.includes('?#') && parts.query === '';
  return urlunsplit({ ...parts, path: keepsMark ? `${path}?` : path });
}

/** Where Django looks for a name that it has not processed. Raises UrlError. */
export function pathInRoot(name: string): string {
  return strip(urlsplit(unquote(name)).path);
}

/** The key that Django stores a file's copy under, and why it could not. */
export function checkedName(path: string, md5: string): { readonly name: string; readonly problem?: string } {
  try {
    const name = normpath(hashedName(path, md5).replaceAll('\\', '/'));
    if (isOutside(name)) return { name, problem: `it would lie outside of the static files, at ${name}` };
    const long = name.split('/').find((part) => Buffer.byteLength(part) > maxPartBytes);
    if (long === undefined) return { name };
    const size = Buffer.byteLength(long);
    return { name, problem: `its name would have ${size} bytes, and file systems take ${maxPartBytes}` };
  } catch (error) {
    if (error instanceof UrlError)
      return { name: path, problem: `it is taken for a URL, and is none: ${error.message}` };
    throw error;
  }
}
