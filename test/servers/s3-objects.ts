import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { S3Context } from './s3.ts';
import { type Content, receiveBody, storeContent } from './s3-body.ts';
import { preconditionFailed, S3Error } from './s3-error.ts';
import type { Bucket, Conditions, S3Attributes, S3Object } from './s3-store.ts';
import { findTexts, renderXml } from './s3-xml.ts';

/** Headers that S3 stores with an object, besides `x-amz-meta-*`. */
const stored = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];
const encryptionHeaders = ['x-amz-server-side-encryption', 'x-amz-server-side-encryption-aws-kms-key-id'];

export function findBucket({ buckets, request }: S3Context): Bucket {
  const bucket = buckets.get(request.bucket);
  if (!bucket)
    throw new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist', {
      more: { BucketName: request.bucket },
    });
  return bucket;
}

export async function putObject(context: S3Context): Promise<void> {
  const { request, response, options } = context;
  const conditions = readConditions(context, options.ignoreConditions);
  const bucket = findBucket(context);
  bucket.check(request.key, conditions);
  const content = await receive(context);
  // Again: somebody else may have written while the body came in.
  bucket.check(request.key, conditions);
  const object = bucket.put(request.key, content, readAttributes(context));
  response.writeHead(200, { etag: `"${object.etag}"`, ...object.encryption }).end();
}

export async function getObject(context: S3Context): Promise<void> {
  const { request, response } = context;
  const object = findBucket(context).find(request.key);
  const etag = `"${object.etag}"`;
  if (request.headers['if-none-match'] === etag) throw new S3Error(304, 'NotModified');
  const { size } = object.content;
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const start = Number(range?.[1] ?? 0);
  const end = Math.min(size, range?.[2] ? Number(range[2]) + 1 : size);
  if (range && start >= size) throw new S3Error(416, 'InvalidRange');
  const headers: Record<string, string | number> = {
    ...object.headers,
    ...object.encryption,
    etag,
    'last-modified': object.modified.toUTCString(),
    'accept-ranges': 'bytes',
    'content-length': end - start,
  };
  if (range) headers['content-range'] = `bytes ${start}-${end - 1}/${size}`;
  response.writeHead(range ? 206 : 200, headers);
  if (request.method === 'HEAD') response.end();
  else await pipeline(object.content.read(start, end), response);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export async function copyObject(context: S3Context): Promise<void> {
  const { request, response, options, folder } = context;
  const { source, sourceKey, sourceBucket } = findSource(context);
  const replaces = request.headers['x-amz-metadata-directive'] === 'REPLACE';
  const ontoItself = sourceBucket === request.bucket && sourceKey === request.key;
  if (ontoItself && !replaces) {
    throw new S3Error(
      400,
      'InvalidRequest',
      'This copy request is illegal because it is trying to copy an object to itself',
    );
  }
  if (source.content.size > (options.maxCopyBytes ?? 5 * 2 ** 30)) {
    throw new S3Error(
      400,
      'InvalidRequest',
      'The specified copy source is larger than the maximum allowable size for a copy source',
    );
  }
  const bucket = findBucket(context);
  const conditions = readConditions(context, options.ignoreConditions || options.ignoreCopyConditions);
  bucket.check(request.key, conditions);
  // A copy is one part, whatever its source was: its etag is the MD5 of all bytes.
  const content = await storeContent(source.content.read(), folder, options.spillBytes ?? 2 ** 18);
  bucket.check(request.key, conditions);
  const own = readAttributes(context);
  const object = bucket.put(request.key, content, replaces ? own : { ...own, headers: source.headers });
  const etag = options.unquotedEtags ? object.etag : `"${object.etag}"`;
  const result = { ETag: etag, LastModified: object.modified.toISOString() };
  response.writeHead(200, { 'content-type': 'application/xml', ...object.encryption });
  response.end(renderXml('CopyObjectResult', result));
}

export async function startUpload(context: S3Context): Promise<void> {
  const { request, response, message } = context;
  await text(receiveBody(message));
  const id = findBucket(context).startUpload(request.key, readAttributes(context));
  response.writeHead(200, { 'content-type': 'application/xml' });
  response.end(renderXml('InitiateMultipartUploadResult', { Bucket: request.bucket, Key: request.key, UploadId: id }));
}

export async function uploadPart(context: S3Context): Promise<void> {
  const { request, response } = context;
  const { parts } = findBucket(context).findUpload(request.query.uploadId ?? '');
  const content = await receive(context);
  parts.set(Number(request.query.partNumber), content);
  response.writeHead(200, { etag: `"${content.md5.toString('hex')}"` }).end();
}

export async function uploadPartCopy(context: S3Context): Promise<void> {
  const { request, response, folder, options } = context;
  const { source } = findSource(context);
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers['x-amz-copy-source-range'] ?? '');
  const chunks = range ? source.content.read(Number(range[1]), Number(range[2]) + 1) : source.content.read();
  const content = await storeContent(chunks, folder, options.spillBytes ?? 2 ** 18);
  findBucket(context)
    .findUpload(request.query.uploadId ?? '')
    .parts.set(Number(request.query.partNumber), content);
  response.writeHead(200, { 'content-type': 'application/xml' });
  response.end(renderXml('CopyPartResult', { ETag: `"${content.md5.toString('hex')}"` }));
}

export async function completeUpload(context: S3Context): Promise<void> {
  const { request, response, message, options } = context;
  const body = await text(receiveBody(message));
  const etags = findTexts(body, 'ETag').map((etag) => etag.replaceAll('"', ''));
  const parts = findTexts(body, 'PartNumber').map((number, i) => ({ number: Number(number), etag: etags[i] ?? '' }));
  const conditions = readConditions(context, options.ignoreConditions || options.ignoreCopyConditions);
  const object = findBucket(context).finishUpload(request.query.uploadId ?? '', parts, conditions);
  response.writeHead(200, { 'content-type': 'application/xml', ...object.encryption });
  // radosgw leaves the etag of a completed upload empty.
  const etag = options.unquotedEtags ? '' : `"${object.etag}"`;
  response.end(renderXml('CompleteMultipartUploadResult', { Bucket: request.bucket, Key: request.key, ETag: etag }));
}

function receive({ message, folder, options }: S3Context): Promise<Content> {
  return storeContent(receiveBody(message), folder, options.spillBytes ?? 2 ** 18);
}

function findSource({ request, buckets, options }: S3Context): {
  source: S3Object;
  sourceKey: string;
  sourceBucket: string;
} {
  const path = decodeURIComponent(request.headers['x-amz-copy-source'] ?? '').replace(/^\//, '');
  const cut = path.indexOf('/');
  const sourceBucket = path.slice(0, cut);
  const sourceKey = path.slice(cut + 1);
  const bucket = buckets.get(sourceBucket);
  if (!bucket) throw new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist');
  const source = bucket.find(sourceKey);
  const match = request.headers['x-amz-copy-source-if-match'];
  const checks = match !== undefined && !options.ignoreConditions && !options.ignoreCopyConditions;
  if (checks && !bucket.matches(source.etag, match)) throw preconditionFailed();
  return { source, sourceKey, sourceBucket };
}

function readConditions({ request, options }: S3Context, ignored = false): Conditions {
  if (ignored) return { match: undefined, noneMatch: undefined };
  const conditions = { match: request.headers['if-match'], noneMatch: request.headers['if-none-match'] };
  if (options.refuseConditions && (conditions.match ?? conditions.noneMatch) !== undefined) {
    throw new S3Error(501, 'NotImplemented', 'A header you provided implies functionality that is not implemented');
  }
  return conditions;
}

function readAttributes({ request }: S3Context): S3Attributes {
  const headers: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  const encryption: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (stored.includes(name) || name.startsWith('x-amz-meta-')) headers[name] = value;
    if (encryptionHeaders.includes(name)) encryption[name] = value;
  }
  // The framing of the request is no property of the object.
  const encoding = (headers['content-encoding'] ?? '')
    .split(/, */)
    .filter((part) => part !== '' && part !== 'aws-chunked');
  if (encoding.length > 0) headers['content-encoding'] = encoding.join(', ');
  else delete headers['content-encoding'];
  return { headers, encryption, acl: request.headers['x-amz-acl'] };
}
