import type { BlobHTTPHeaders } from '@azure/storage-blob';
import { ProviderError } from '../../src/errors/errors.ts';
import type { Headers } from '../../src/model.ts';

/** Our own metadata: the lower-case hex SHA-256 of the body. */
const digestName = 'sha256';
const metaPrefix = 'x-amz-meta-';

const fields = {
  'cache-control': 'blobCacheControl',
  'content-disposition': 'blobContentDisposition',
  'content-encoding': 'blobContentEncoding',
  'content-language': 'blobContentLanguage',
  'content-type': 'blobContentType',
} as const;

const readFields = {
  'cache-control': 'cacheControl',
  'content-disposition': 'contentDisposition',
  'content-encoding': 'contentEncoding',
  'content-language': 'contentLanguage',
  'content-type': 'contentType',
} as const;

/** https://learn.microsoft.com/rest/api/storageservices/set-blob-properties */
export const storedHeaders: readonly string[] = Object.keys(fields);

export interface Attributes {
  readonly blobHTTPHeaders: BlobHTTPHeaders;
  readonly metadata: Record<string, string>;
}

/** Throws ProviderError `rejected` for a header that Azure cannot keep as it is. */
export function toAttributes(headers: Headers, sha256: string): Attributes {
  const blobHTTPHeaders: BlobHTTPHeaders = {};
  const metadata: Record<string, string> = { [digestName]: sha256 };
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[\t\x20-\x7e]*$/.test(value)) throw refuse(name, 'has characters outside ASCII');
    if (isField(name)) blobHTTPHeaders[fields[name]] = value;
    else if (name.startsWith(metaPrefix)) metadata[toMetadataName(name)] = value;
    else throw refuse(name, 'cannot be stored in Azure');
  }
  return { blobHTTPHeaders, metadata };
}

/** Azure's names of metadata are identifiers of C#, which have no hyphens. */
function toMetadataName(header: string): string {
  const name = header.slice(metaPrefix.length);
  if (!/^[a-z][a-z0-9-]*$/.test(name) || name === digestName) {
    throw refuse(header, 'cannot be metadata in Azure: a letter, then letters, digits and hyphens');
  }
  return name.replaceAll('-', '_');
}

type ReadFields = { readonly [K in (typeof readFields)[keyof typeof readFields]]?: string | undefined } & {
  readonly metadata?: Readonly<Record<string, string>> | undefined;
};

export function fromAttributes(read: ReadFields): { headers: Headers; sha256?: string } {
  const found: [string, string][] = [];
  for (const [name, field] of Object.entries(readFields)) {
    const value = read[field];
    if (value !== undefined && value !== '') found.push([name, value]);
  }
  const { [digestName]: sha256, ...metadata } = read.metadata ?? {};
  for (const [name, value] of Object.entries(metadata)) {
    found.push([metaPrefix + name.toLowerCase().replaceAll('_', '-'), value]);
  }
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
