/** Names of the tags that objects carry where the edge was told to use them: one for the file, one for its top directory. */
const fileMark = 'wbf-';
const directoryMark = 'wbd-';

/** Enough that two files of one cache do not meet, and short, since stores keep a few kilobytes of metadata for an object. */
const digits = 16;

export interface Tags {
  readonly file: string;
  readonly directory: string;
}

/** The tags of `key` below the public URL `url`; `hash` gives hex digits. */
export function tagsOf(url: string, key: string, hash: (text: string) => string): Tags {
  const slash = key.indexOf('/');
  const directory = slash === -1 ? '' : key.slice(0, slash + 1);
  return {
    file: fileMark + hash(`${url} file ${key}`).slice(0, digits),
    directory: directoryMark + hash(`${url} directory ${directory}`).slice(0, digits),
  };
}

/** Reads our two tags from a header that may hold others. */
export function readTags(value: string | undefined, separator: ' ' | ','): Tags | undefined {
  const all = (value ?? '').split(separator).map((tag) => tag.trim());
  const file = all.find((tag) => tag.startsWith(fileMark));
  const directory = all.find((tag) => tag.startsWith(directoryMark));
  return file === undefined || directory === undefined ? undefined : { file, directory };
}

/** The header under which an origin that keeps `headers` stores tags. */
export function tagHeader(header: string, headers: 'any' | readonly string[]): string {
  return headers === 'any' || headers.includes(header) ? header : `x-amz-meta-${header}`;
}
