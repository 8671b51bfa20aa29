import { ProviderError } from '../../src/errors/errors.ts';
import type { Headers } from '../../src/model.ts';

/** Our own metadata: the lower-case hex SHA-256 of the body. */
const digestName = 'sha256';
const metaPrefix = 'x-amz-meta-';

const fields = {
  'cache-control': 'cacheControl',
  'content-disposition': 'contentDisposition',
  'content-encoding': 'contentEncoding',
  'content-language': 'contentLanguage',
  'content-type': 'contentType',
} as const;
type Field = (typeof fields)[keyof typeof fields];

/** https://cloud.google.com/storage/docs/metadata */
export const storedHeaders: readonly string[] = Object.keys(fields);

/** The part of an object's resource that says how it is served. */
export interface Resource extends Partial<Record<Field, string>> {
  metadata: Record<string, string>;
}

/** Throws ProviderError `rejected` for a header that Google cannot keep as it is. */
export function toResource(headers: Headers, sha256: string): Resource {
  const resource: Resource = { contentType: 'application/octet-stream', metadata: { [digestName]: sha256 } };
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[\t\x20-\x7e]*$/.test(value)) throw refuse(name, 'has characters outside ASCII');
    if (isField(name)) resource[fields[name]] = value;
    else if (name.startsWith(metaPrefix) && name !== metaPrefix + digestName) {
      resource.metadata[name.slice(metaPrefix.length)] = value;
    } else throw refuse(name, 'cannot be stored in GCS');
  }
  return resource;
}

/** The same, with every field that is not set taken away, in case the source's would come along. */
export function toWholeResource(headers: Headers, sha256: string): object {
  const unset = Object.fromEntries(Object.values(fields).map((field) => [field, null]));
  return { ...unset, ...toResource(headers, sha256) };
}

export function fromResource(resource: Partial<Resource>): { headers: Headers; sha256?: string } {
  const found: [string, string][] = [];
  for (const [name, field] of Object.entries(fields)) {
    const value = resource[field];
    if (value !== undefined && value !== '') found.push([name, value]);
  }
  const { [digestName]: sha256, ...metadata } = resource.metadata ?? {};
  for (const [name, value] of Object.entries(metadata)) found.push([metaPrefix + name.toLowerCase(), value]);
  const headers = Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
  return sha256 === undefined ? { headers } : { headers, sha256 };
}

function isField(name: string): name is keyof typeof fields {
  return Object.hasOwn(fields, name);
}

function refuse(name: string, why: string): ProviderError {
  return new ProviderError('rejected', `The header ${name} ${why}.`, {
    hint: 'Take it out of `headers`, or set it at the edge.',
  });
}
