import { gunzipSync } from 'node:zlib';
import { compareUtf8 } from '../../src/byte-order.ts';
import type { GcsContext } from './gcs.ts';
import { type Bucket, GcsError, type Preconditions, type Settings, type StoredObject } from './gcs-store.ts';

export function findBucket({ buckets, bucket }: Pick<GcsContext, 'buckets' | 'bucket'>): Bucket {
  const found = buckets.get(bucket);
  if (!found) throw new GcsError(404, 'notFound', 'The specified bucket does not exist.');
  return found;
}

export function readPreconditions(query: URLSearchParams, of = 'if'): Preconditions {
  return { generation: query.get(`${of}GenerationMatch`), metageneration: query.get(`${of}MetagenerationMatch`) };
}

/** https://cloud.google.com/storage/docs/json_api/v1/objects/list: `startOffset` counts itself in, `endOffset` does not. */
export function list(context: GcsContext): void {
  const { query } = context;
  const bucket = findBucket(context);
  const prefix = query.get('prefix') ?? '';
  const start = query.get('startOffset') ?? '';
  const end = query.get('endOffset') ?? '';
  const after = query.get('pageToken');
  const limit = Math.min(1000, Number(query.get('maxResults') ?? 1000));
  const names = bucket
    .names()
    .filter((name) => name.startsWith(prefix))
    .filter((name) => compareUtf8(name, start) >= 0 && (end === '' || compareUtf8(name, end) < 0))
    .filter((name) => after === null || compareUtf8(name, after) > 0);
  const page = names.slice(0, limit);
  const nextPageToken = names.length > limit ? page.at(-1) : undefined;
  const items = page.map((name) => bucket.describe(bucket.find(name)));
  // Without items the field is left out, as Google does.
  context.json({
    kind: 'storage#objects',
    ...(items.length > 0 ? { items } : {}),
    ...(nextPageToken ? { nextPageToken } : {}),
  });
}

export function get(context: GcsContext): void {
  const object = findBucket(context).find(context.name);
  if (context.query.get('alt') === 'media') answerMedia(context, object);
  else context.json(findBucket(context).describe(object));
}

function answerMedia({ answer, headers }: GcsContext, object: StoredObject): void {
  const { settings } = object;
  // https://cloud.google.com/storage/docs/transcoding
  const unpacks = settings.contentEncoding === 'gzip' && !headers['accept-encoding']?.includes('gzip');
  const body = unpacks ? gunzipSync(object.bytes) : object.bytes;
  answer(200, body, {
    'content-type': settings.contentType ?? 'application/octet-stream',
    ...(settings.contentEncoding && !unpacks ? { 'content-encoding': settings.contentEncoding } : {}),
    'content-length': String(body.length),
    'last-modified': object.updated.toUTCString(),
    'x-goog-generation': object.generation,
    'x-goog-metageneration': object.metageneration,
    'x-goog-hash': `crc32c=${object.crc32c}`,
    'x-goog-stored-content-length': String(object.bytes.length),
    'x-goog-stored-content-encoding': settings.contentEncoding ?? 'identity',
  });
}

/** https://cloud.google.com/storage/docs/json_api/v1/objects/rewrite: large objects take several calls. */
export function rewrite(context: GcsContext): void {
  const { query, options, body, rewrites } = context;
  const [, into = '', target = ''] = /\/rewriteTo\/b\/([^/]+)\/o\/(.+)$/.exec(context.path) ?? [];
  const source = findBucket(context).find(context.name);
  findBucket(context).check(context.name, readPreconditions(query, 'ifSource'));
  const name = decodeURIComponent(target);
  const bucket = findBucket({ buckets: context.buckets, bucket: decodeURIComponent(into) });
  bucket.check(name, readPreconditions(query));
  const token = query.get('rewriteToken') ?? `rewrite-${rewrites.size + 1}`;
  const copied = (rewrites.get(token) ?? 0) + (options.bytesPerRewrite ?? Number.POSITIVE_INFINITY);
  const size = source.bytes.length;
  if (copied < size) {
    rewrites.set(token, copied);
    context.json({
      kind: 'storage#rewriteResponse',
      done: false,
      rewriteToken: token,
      objectSize: String(size),
    });
    return;
  }
  // A resource in the request stands for the target's whole metadata; the emulator of firebase-tools lays it over the source's.
  const given = body.length > 0 ? (JSON.parse(body.toString()) as object) : {};
  const under = options.mergesRewrites || Object.keys(given).length === 0 ? source.settings : {};
  const settings = withoutNulls({ ...under, ...given });
  const resource = bucket.describe(bucket.put(name, source.bytes, settings));
  context.json({ kind: 'storage#rewriteResponse', done: true, objectSize: String(size), resource });
}

function withoutNulls(settings: object): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));
}

export function remove(context: GcsContext): void {
  const error = context.options.deleteErrors?.(context.name);
  if (error) throw new GcsError(error.status, error.reason, error.message);
  findBucket(context).check(context.name, readPreconditions(context.query));
  findBucket(context).remove(context.name);
  context.answer(204);
}
