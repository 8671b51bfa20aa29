import { setMaxListeners } from 'node:events';
import { ProviderError } from '../../src/errors/errors.ts';
import type { ByteBudget } from '../../src/provider/budget.ts';
import type { Call } from '../../src/provider/contract.ts';
import type { Access } from './access.ts';
import type { S3Client } from './client.ts';
import type { Dialect } from './dialect.ts';
import { type Action, toProviderError } from './errors.ts';
import type { S3Options } from './options.ts';

/** Sizes that tests make smaller. */
export interface Tuning {
  /** Bodies from this size on go up in parts. */
  readonly multipartBytes: number;
  /** Grows with the body so that S3's number of parts is enough. */
  readonly partBytes: number;
  /** Largest object that one CopyObject takes. */
  readonly maxCopyBytes: number;
  readonly copyPartBytes: number;
  /** Bytes of bodies held in memory at once, over all requests. */
  readonly memoryBytes: number;
  /** How long a socket may be without a byte in either direction. */
  readonly socketTimeoutMs: number;
  /** Hosts that keep AWS's promises about conditions on copies and multipart uploads. */
  readonly amazon: RegExp;
}

/** Of one multipart upload. */
export const partsAtOnce = 4;

const mebibyte = 2 ** 20;

export const defaultTuning: Tuning = {
  multipartBytes: 16 * mebibyte,
  partBytes: 8 * mebibyte,
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
  maxCopyBytes: 5 * 2 ** 30,
  copyPartBytes: 512 * mebibyte,
  memoryBytes: 64 * mebibyte,
  // S3 sends white space while it copies or puts parts together, so long requests stay alive.
  socketTimeoutMs: 60_000,
  amazon: /\.amazonaws\.com(\.cn)?$/,
};

export interface Connection {
  readonly access: Access;
  readonly options: S3Options;
  readonly dialect: Dialect;
  readonly region: string;
  /** Put before every key. */
  readonly root: string;
  readonly tuning: Tuning;
  readonly budget: ByteBudget;
  /** What the answers taught us about the store. */
  readonly learnt: {
    bucketExists?: boolean;
    /** Whether `If-Match` wants the etag in quotes, as AWS does, or bare, as Ceph radosgw does. */
    quotedEtags?: boolean;
  };
}

const writing: ReadonlySet<Action> = new Set(['write', 'copy', 'remove']);

/** What a request is for, for the message; `key` is without the root. */
export interface What {
  readonly action: Action;
  readonly key?: string;
  readonly conditional?: boolean;
}

/** Sends one request through the SDK. Rejects with ProviderError, or with the signal's reason once that is aborted. */
export async function send<T>(
  connection: Connection,
  call: Call,
  what: What,
  request: (s3: S3Client, options: { abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  // Every request under way listens to the one signal of the run; Node takes more than ten for a leak.
  setMaxListeners(0, call.signal);
  return attempt(connection, call, what, async () =>
    request(await connection.access.sdk(), { abortSignal: call.signal }),
  );
}

/** Sends one request the short way. */
export function sendLean<T>(
  connection: Connection,
  call: Call,
  what: What,
  request: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return attempt(connection, call, what, () => request(call.signal));
}

async function attempt<T>(connection: Connection, call: Call, what: What, request: () => Promise<T>): Promise<T> {
  const { access, dialect, learnt, options, region, root } = connection;
  call.signal.throwIfAborted();
  try {
    if (writing.has(what.action)) call.mayWrite?.();
    const output = await request();
    call.onProgress?.();
    learnt.bucketExists = true;
    return output;
  } catch (error) {
    call.signal.throwIfAborted();
    const endpoint = options.endpoint ?? `https://${access.host() ?? `s3.${region}.amazonaws.com`}`;
    const key = what.key === undefined ? {} : { key: root + what.key };
    throw toProviderError(error, { ...what, ...key, dialect, bucket: options.bucket, endpoint, region });
  }
}

/** Whether the store is Amazon's own, as far as the answers up to now tell. */
export function isAmazon({ access, tuning }: Connection): boolean {
  return tuning.amazon.test(access.host() ?? '');
}

/**
 * Whether `error` says that the key is missing. Rejects when it is the bucket that is missing; S3 answers both with a bare 404 to a
 * HEAD, so the bucket is asked for, once.
 */
export async function isMissingKey(connection: Connection, call: Call, error: unknown): Promise<boolean> {
  if (!(error instanceof ProviderError) || error.kind !== 'missing') return false;
  const { learnt } = connection;
  const { name } = error.cause instanceof Error ? error.cause : { name: '' };
  if (name === 'NoSuchBucket') return false;
  if (name === 'NoSuchKey') learnt.bucketExists = true;
  if (!learnt.bucketExists) await checkBucket(connection, call);
  return true;
}

async function checkBucket(connection: Connection, call: Call): Promise<void> {
  const { bucket } = connection.options;
  await send(connection, call, { action: 'list' }, async ({ sdk, client }, options) => {
    try {
      await client.send(new sdk.HeadBucketCommand({ Bucket: bucket }), options);
    } catch (error) {
      const { httpStatusCode } = (error as { $metadata?: { httpStatusCode?: number } }).$metadata ?? {};
      // Who may not list may not ask for the bucket either; but a bucket that refuses exists.
      if (httpStatusCode === 403) return;
      throw httpStatusCode === 404 ? Object.assign(new Error('', { cause: error }), { name: 'NoSuchBucket' }) : error;
    }
  });
}

/** Without the quotes and the `W/` of HTTP. */
export function bareEtag(etag: string | undefined): string {
  return (etag ?? '').replace(/^W\//, '').replace(/^"|"$/g, '');
}

export function conflict(connection: Connection, key: string): ProviderError {
  const message = `${nameBucket(connection)}: somebody else wrote ${connection.root + key} meanwhile.`;
  return new ProviderError('conflict', message);
}

/** For messages: `R2 bucket shop-static`. */
export function nameBucket({ dialect, options }: Pick<Connection, 'dialect' | 'options'>): string {
  return `${dialect.label} bucket ${options.bucket}`;
}
