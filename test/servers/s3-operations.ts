import { text } from 'node:stream/consumers';
import type { S3Context, S3Request } from './s3.ts';
import { receiveBody } from './s3-body.ts';
import { S3Error } from './s3-error.ts';
import {
  completeUpload,
  copyObject,
  findBucket,
  getObject,
  putObject,
  startUpload,
  uploadPart,
  uploadPartCopy,
} from './s3-objects.ts';
import { findTexts, renderXml, type Xml } from './s3-xml.ts';

/** What AWS calls the operation that a request asks for. */
export function nameOperation({
  method,
  bucket,
  key,
  query,
  headers,
}: Omit<S3Request, 'operation' | 'awsChunked'>): string {
  const copies = 'x-amz-copy-source' in headers;
  if (bucket === '') return 'ListBuckets';
  if (key === '') {
    if (method === 'PUT') return 'CreateBucket';
    if (method === 'HEAD') return 'HeadBucket';
    if (method === 'POST' && 'delete' in query) return 'DeleteObjects';
    if (method === 'GET' && 'uploads' in query) return 'ListMultipartUploads';
    if (method === 'GET' && 'location' in query) return 'GetBucketLocation';
    if (method !== 'GET') return `${method} bucket`;
    return query['list-type'] === '2' ? 'ListObjectsV2' : 'ListObjects';
  }
  if (method === 'PUT' && 'uploadId' in query) return copies ? 'UploadPartCopy' : 'UploadPart';
  if (method === 'PUT') return copies ? 'CopyObject' : 'PutObject';
  if (method === 'POST' && 'uploads' in query) return 'CreateMultipartUpload';
  if (method === 'POST' && 'uploadId' in query) return 'CompleteMultipartUpload';
  if (method === 'DELETE') return 'uploadId' in query ? 'AbortMultipartUpload' : 'DeleteObject';
  const reads: Record<string, string> = { GET: 'GetObject', HEAD: 'HeadObject' };
  return reads[method] ?? `${method} object`;
}

export const operations: Readonly<Record<string, (context: S3Context) => Promise<void> | void>> = {
  CreateBucket,
  HeadBucket,
  GetBucketLocation,
  ListObjects: ListObjectsV2,
  ListObjectsV2,
  ListMultipartUploads,
  DeleteObjects,
  DeleteObject,
  AbortMultipartUpload,
  GetObject: getObject,
  HeadObject: getObject,
  PutObject: putObject,
  CopyObject: copyObject,
  CreateMultipartUpload: startUpload,
  UploadPart: uploadPart,
  UploadPartCopy: uploadPartCopy,
  CompleteMultipartUpload: completeUpload,
};

async function CreateBucket({ request, message, response, buckets, newBucket }: S3Context): Promise<void> {
  await text(receiveBody(message));
  if (buckets.has(request.bucket)) throw new S3Error(409, 'BucketAlreadyOwnedByYou');
  buckets.set(request.bucket, newBucket());
  response.writeHead(200, { location: `/${request.bucket}` }).end();
}

function HeadBucket(context: S3Context): void {
  findBucket(context);
  context.response.writeHead(200, { 'x-amz-bucket-region': context.region }).end();
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html */
function GetBucketLocation(context: S3Context): void {
  findBucket(context);
  answerXml(context, 'LocationConstraint', {});
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html; the first version calls the place to go on from `marker`. */
function ListObjectsV2(context: S3Context): void {
  const bucket = findBucket(context);
  const { query } = context.request;
  const { prefix = '', delimiter = '' } = query;
  const after = query['continuation-token'] ?? query['start-after'] ?? query.marker ?? '';
  const limit = Math.min(1000, Number(query['max-keys'] ?? 1000));
  const encode = (key: string) => (query['encoding-type'] === 'url' ? encodeKey(key) : key);
  const contents: Xml[] = [];
  const common = new Set<string>();
  let last = '';
  let truncated = false;
  for (const key of bucket.keysAfter(after)) {
    if (!key.startsWith(prefix)) continue;
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const group = cut < 0 ? undefined : key.slice(0, cut + delimiter.length);
    if (group !== undefined && (common.has(group) || after.startsWith(group))) continue;
    if (contents.length + common.size === limit) {
      truncated = true;
      break;
    }
    last = group ?? key;
    if (group !== undefined) common.add(group);
    else {
      const { etag, modified, content } = bucket.find(key);
      contents.push({
        Key: encode(key),
        LastModified: modified.toISOString(),
        ETag: `"${etag}"`,
        Size: content.size,
        StorageClass: 'STANDARD',
      });
    }
  }
  answerXml(context, 'ListBucketResult', {
    Name: context.request.bucket,
    Prefix: encode(prefix),
    KeyCount: contents.length + common.size,
    MaxKeys: limit,
    IsTruncated: truncated,
    NextContinuationToken: truncated ? last : undefined,
    NextMarker: truncated ? encode(last) : undefined,
    EncodingType: query['encoding-type'],
    Contents: contents,
    CommonPrefixes: [...common].map((group) => ({ Prefix: encode(group) })),
  });
}

/** As AWS encodes keys in listings: like a form, but slashes stay. */
function encodeKey(key: string): string {
  return encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/');
}

function ListMultipartUploads(context: S3Context): void {
  const uploads = [...findBucket(context).uploads];
  answerXml(context, 'ListMultipartUploadsResult', {
    Upload: uploads.map(([UploadId, { key }]) => ({ Key: key, UploadId })),
  });
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html: 200 even if single keys failed. */
async function DeleteObjects(context: S3Context): Promise<void> {
  const { request, message, options } = context;
  const hashed = Object.keys(request.headers).some(
    (name) => name === 'content-md5' || name.startsWith('x-amz-checksum-'),
  );
  if (!hashed)
    throw new S3Error(
      400,
      'InvalidRequest',
      'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
    );
  const body = await text(receiveBody(message));
  const bucket = findBucket(context);
  const keys = findTexts(body, 'Key');
  if (keys.length === 0 || keys.length > 1000) throw new S3Error(400, 'MalformedXML');
  const errors: Xml[] = [];
  const deleted: Xml[] = [];
  for (const key of keys) {
    const error = options.deleteErrors?.(key);
    if (error) {
      errors.push({ Key: key, Code: error.code, Message: error.message });
      continue;
    }
    bucket.remove(key);
    deleted.push({ Key: key });
  }
  const quiet = findTexts(body, 'Quiet')[0] === 'true';
  answerXml(context, 'DeleteResult', { Deleted: quiet ? [] : deleted, Error: errors });
}

function DeleteObject(context: S3Context): void {
  findBucket(context).remove(context.request.key);
  context.response.writeHead(204).end();
}

function AbortMultipartUpload(context: S3Context): void {
  const bucket = findBucket(context);
  const id = context.request.query.uploadId ?? '';
  bucket.findUpload(id);
  bucket.uploads.delete(id);
  context.response.writeHead(204).end();
}

function answerXml({ response }: S3Context, root: string, children: Xml): void {
  response.writeHead(200, { 'content-type': 'application/xml' }).end(renderXml(root, children));
}
