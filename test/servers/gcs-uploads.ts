import { randomUUID } from 'node:crypto';
import type { GcsContext } from './gcs.ts';
import { findBucket, readPreconditions } from './gcs-operations.ts';
import { GcsError, md5Of, type Preconditions, type Settings, type StoredObject } from './gcs-store.ts';

export interface UploadSession {
  readonly bucket: string;
  readonly name: string;
  readonly settings: Settings;
  readonly preconditions: Preconditions;
  readonly kept: Buffer[];
  /** What it made, which a client that lost the answer may ask for. */
  made?: StoredObject;
}

/** https://cloud.google.com/storage/docs/json_api/v1/objects/insert */
export function insert(context: GcsContext): void {
  const kind = context.query.get('uploadType');
  if (kind === 'resumable') openSession(context);
  else if (kind === 'multipart') insertWhole(context);
  else throw new GcsError(400, 'invalid', `uploadType ${kind} is not implemented`);
}

function insertWhole(context: GcsContext): void {
  const { query, headers } = context;
  const [head, bytes] = splitMultipart(context.body, headers['content-type'] ?? '');
  const {
    name: named,
    md5Hash,
    ...settings
  } = JSON.parse(head.toString()) as Settings & { name?: string; md5Hash?: string };
  if (md5Hash !== undefined && md5Hash !== md5Of(bytes))
    throw new GcsError(400, 'invalid', 'Provided MD5 hash does not match.');
  answerObject(
    context,
    make(context, { name: query.get('name') ?? named ?? '', bytes, settings, preconditions: readPreconditions(query) }),
  );
}

function openSession(context: GcsContext): void {
  const { bucket, query, headers, sessions, endpoint } = context;
  const resource = context.body.length > 0 ? (JSON.parse(context.body.toString()) as Settings & { name?: string }) : {};
  const { name: named, ...settings } = resource;
  const contentType = settings.contentType ?? headers['x-upload-content-type'];
  const preconditions = readPreconditions(query);
  const name = query.get('name') ?? named ?? '';
  findBucket(context).check(name, preconditions);
  const id = randomUUID();
  sessions.set(id, {
    bucket,
    name,
    settings: { ...settings, ...(contentType ? { contentType } : {}) },
    preconditions,
    kept: [],
  });
  const location = `${endpoint}/upload/storage/v1/b/${bucket}/o?uploadType=resumable&upload_id=${id}`;
  context.answer(200, '', { location });
}

/** One chunk: what the server keeps of it, and the object after the last. */
export function continueSession(context: GcsContext): void {
  const { query, headers, sessions, options } = context;
  const id = query.get('upload_id') ?? '';
  const session = sessions.get(id);
  if (!session) throw new GcsError(404, 'notFound', 'No such upload.');
  if (session.made) {
    answerObject({ ...context, bucket: session.bucket }, session.made);
    return;
  }
  const [, from = '', total = '*'] =
    /^bytes (\d+|\*)(?:-(?:\d+|\*))?\/(\d+|\*)$/.exec(headers['content-range'] ?? '') ?? [];
  const before = session.kept.reduce((sum, part) => sum + part.length, 0);
  if (from !== '*' && Number(from) !== before) throw new GcsError(503, 'backendError', 'The chunk does not follow.');
  const isLast =
    total === '*' ? headers['content-range']?.includes('-*/*') : before + context.body.length === Number(total);
  if (!isLast && context.body.length % 2 ** 18 !== 0)
    throw new GcsError(400, 'invalid', 'Chunks are multiples of 256 KiB.');
  const part = context.body.subarray(0, options.keptOfChunk?.(context.body.length) ?? context.body.length);
  session.kept.push(part);
  const kept = before + part.length;
  if (!isLast || part.length < context.body.length) {
    context.answer(308, '', kept > 0 ? { range: `bytes=0-${kept - 1}` } : {});
    return;
  }
  const bytes = Buffer.concat(session.kept);
  session.made = make({ ...context, bucket: session.bucket }, { ...session, bytes });
  answerObject({ ...context, bucket: session.bucket }, session.made);
}

export function cancelSession({ query, sessions, answer }: GcsContext): void {
  if (!sessions.delete(query.get('upload_id') ?? '')) throw new GcsError(404, 'notFound', 'No such upload.');
  answer(499);
}

function make(
  context: GcsContext,
  wanted: { name: string; bytes: Buffer; settings: Settings; preconditions: Preconditions },
): StoredObject {
  const bucket = findBucket(context);
  bucket.check(wanted.name, wanted.preconditions);
  return bucket.put(wanted.name, wanted.bytes, wanted.settings);
}

export function answerObject(context: GcsContext, object: StoredObject): void {
  context.json(findBucket({ ...context, bucket: context.bucket }).describe(object));
}

function splitMultipart(body: Buffer, contentType: string): [Buffer, Buffer] {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1] ?? '';
  const mark = Buffer.from(`--${boundary}`);
  const parts: Buffer[] = [];
  for (let at = body.indexOf(mark); at >= 0; ) {
    const next = body.indexOf(mark, at + mark.length);
    if (next < 0) break;
    const part = body.subarray(at + mark.length + 2, next - 2);
    parts.push(part.subarray(part.indexOf('\r\n\r\n') + 4));
    at = next;
  }
  const [head, bytes] = parts;
  if (!head || !bytes) throw new GcsError(400, 'badContent', 'Malformed multipart body.');
  return [head, bytes];
}
