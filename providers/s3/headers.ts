import { ProviderError } from '../../src/errors/errors.ts';
import type { Headers } from '../../src/model.ts';

/** Our own metadata: the lower-case hex SHA-256 of the body, sent as `x-amz-meta-sha256`. */
const digestName = 'sha256';
const metaPrefix = 'x-amz-meta-';

/** Header names and what the SDK calls them. `expires` is a date there and stands apart. */
const fields = {
  'cache-control': 'CacheControl',
  'content-disposition': 'ContentDisposition',
  'content-encoding': 'ContentEncoding',
  'content-language': 'ContentLanguage',
  'content-type': 'ContentType',
} as const;
type Field = (typeof fields)[keyof typeof fields];

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
export const storedHeaders: readonly string[] = [...Object.keys(fields), 'expires'];

export interface WrittenFields extends Partial<Record<Field, string>> {
  Expires?: Date;
  Metadata: Record<string, string>;
}

export interface ReadFields extends Partial<Record<Field, string | undefined>> {
  readonly ExpiresString?: string | undefined;
  readonly Metadata?: Record<string, string> | undefined;
}

/** Throws ProviderError `rejected` for a header that S3 cannot keep as it is. */
export function toFields(headers: Headers, sha256: string): WrittenFields {
  const written: WrittenFields = { Metadata: { [digestName]: sha256 } };
  for (const [name, value] of Object.entries(headers)) {
    // Others go out as bytes that S3 reads in another way, if Node lets them out at all.
    if (!/^[\t\x20-\x7e]*$/.test(value)) throw refuse(name, 'has characters outside ASCII');
    if (isField(name)) written[fields[name]] = value;
    else if (name === 'expires') written.Expires = parseDate(value);
    else if (name.startsWith(metaPrefix) && name !== metaPrefix + digestName) {
      written.Metadata[name.slice(metaPrefix.length)] = value;
    } else throw refuse(name, 'cannot be stored in S3');
  }
  return written;
}

export function fromFields(read: ReadFields): { headers: Headers; sha256?: string } {
  const found: [string, string][] = [];
  for (const [name, field] of Object.entries(fields)) {
    const value = read[field];
    if (value !== undefined) found.push([name, value]);
  }
  if (read.ExpiresString !== undefined) found.push(['expires', read.ExpiresString]);
  const { [digestName]: sha256, ...metadata } = read.Metadata ?? {};
  for (const [name, value] of Object.entries(metadata)) found.push([metaPrefix + name, value]);
  const headers = Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
  return sha256 === undefined ? { headers } : { headers, sha256 };
}

function isField(name: string): name is keyof typeof fields {
  return Object.hasOwn(fields, name);
}

function parseDate(value: string): Date {
  const date = new Date(value);
  if (Number.isNaN(date.getTime()) || date.toUTCString() !== value) throw refuse('expires', 'is no HTTP date');
  return date;
}

function refuse(name: string, why: string): ProviderError {
  const hint = `Take it out of \`headers\`, or set it at the edge.`;
  return new ProviderError('rejected', `The header ${name} ${why}.`, { hint });
}
