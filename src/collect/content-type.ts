import { types } from 'mime-types';

/** Text that may hold non-ASCII characters and whose type does not say so by itself. */
const charsetTypes = /^(?:text\/|application\/(?:javascript|json|xml|manifest\+json|ld\+json)$|.+\+(?:xml|json)$)/;

/** Read as text by people; `mime-types` has a video type, or nothing, for them. */
const sourceExtensions = new Set(['ts', 'mts', 'cts', 'tsx']);

/** Extensionless files with a type that their readers insist on. */
const namedTypes: ReadonlyMap<string, string> = new Map([
  // https://developer.apple.com/documentation/xcode/supporting-associated-domains
  ['apple-app-site-association', 'application/json'],
]);

/**
 * The content type of a file by its name, `application/octet-stream` when the name says nothing. A file that is compressed already
 * (`app.js.gz`) has the type of its own bytes and no content encoding. `.ts` is TypeScript, thus plain text, unless its first
 * bytes are those of a video segment, `transportStream`.
 */
export function contentTypeOf(path: string, transportStream: boolean): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 ? name.slice(dot + 1).toLowerCase() : '';
  const type = typeOf(name, extension, transportStream);
  return charsetTypes.test(type) ? `${type}; charset=utf-8` : type;
}

function typeOf(name: string, extension: string, transportStream: boolean): string {
  if (sourceExtensions.has(extension)) return transportStream ? 'video/mp2t' : 'text/plain';
  const known =
    extension === '' ? namedTypes.get(name) : Object.hasOwn(types, extension) ? types[extension] : undefined;
  return known ?? 'application/octet-stream';
}
