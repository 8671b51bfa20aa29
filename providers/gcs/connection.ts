import { setMaxListeners } from 'node:events';
import { json, text } from 'node:stream/consumers';
import { ProviderError } from '../../src/errors/errors.ts';
import type { ByteBudget } from '../../src/provider/budget.ts';
import type { Call } from '../../src/provider/contract.ts';
import { parseRetryAfter } from '../../src/provider/retry-after.ts';
import type { Sign } from './credential.ts';
import { type Action, type Refusal, toProviderError } from './errors.ts';
import type { GcsOptions } from './options.ts';
import type { HttpAnswer, HttpRequest, Transport } from './transport.ts';

/** Sizes that tests make smaller. */
export interface Tuning {
  /** Bodies from this size on go up in chunks. */
  readonly resumableBytes: number;
  /** A multiple of 256 KiB: https://cloud.google.com/storage/docs/performing-resumable-uploads#chunked-upload */
  readonly chunkBytes: number;
  /** Bytes of bodies held in memory at once, over all requests. */
  readonly memoryBytes: number;
}

const mebibyte = 2 ** 20;
export const defaultTuning: Tuning = {
  resumableBytes: 16 * mebibyte,
  chunkBytes: 8 * mebibyte,
  memoryBytes: 64 * mebibyte,
};

export interface Connection {
  readonly options: GcsOptions;
  readonly baseUrl: string;
  readonly sign: Sign;
  readonly transport: Transport;
  /** Put before every key. */
  readonly root: string;
  readonly tuning: Tuning;
  readonly budget: ByteBudget;
  readonly learnt: { bucketExists?: boolean };
}

export type Query = Readonly<Record<string, string | undefined>>;

/** What is tried, for the message; `key` is without the root. */
export interface What {
  readonly action: Action;
  readonly key?: string;
}

export interface ApiRequest {
  readonly method: HttpRequest['method'];
  /** Below the base URL, or a whole URL. */
  readonly path: string;
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Answers that are none of success and yet no error. */
  readonly accepts?: readonly number[];
}

const writing: ReadonlySet<Action> = new Set(['write', 'copy', 'remove']);

/**
 * Sends one request and gives the answer with its body unread. Rejects with ProviderError, or with the signal's reason once that is aborted.
 */
export async function send(connection: Connection, call: Call, what: What, request: ApiRequest): Promise<HttpAnswer> {
  const { baseUrl, learnt, sign, transport } = connection;
  return translating(connection, call, what, async () => {
    const url = new URL(/^https?:/.test(request.path) ? request.path : baseUrl + request.path);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    const headers = { ...(await sign(url.href)), ...request.headers };
    const { method, body } = request;
    if (writing.has(what.action)) call.mayWrite?.();
    const answer = await transport.send({ method, url, headers, signal: call.signal, ...(body ? { body } : {}) });
    const isFine = answer.status < 300 || request.accepts?.includes(answer.status);
    if (!isFine) throw await readRefusal(answer);
    call.onProgress?.();
    if (what.action !== 'remove') learnt.bucketExists = true;
    return answer;
  });
}

/** The same, with the answer's JSON. */
export async function sendForJson<T>(connection: Connection, call: Call, what: What, request: ApiRequest): Promise<T> {
  const { body } = await send(connection, call, what, request);
  return translating(connection, call, what, () => json(body) as Promise<T>);
}

export async function translating<T>(
  { baseUrl, options, root }: Connection,
  call: Call,
  { action, key }: What,
  work: () => Promise<T>,
): Promise<T> {
  call.signal.throwIfAborted();
  // Every request under way listens to the one signal of the run; Node takes more than ten for a leak.
  setMaxListeners(0, call.signal);
  try {
    return await work();
  } catch (error) {
    call.signal.throwIfAborted();
    const named = key === undefined ? {} : { key: root + key };
    throw toProviderError(error, { action, ...named, bucket: options.bucket, baseUrl });
  }
}

async function readRefusal({ status, headers, body }: HttpAnswer): Promise<Refusal> {
  const said = await text(body).catch(() => '');
  const { error } = parseError(said);
  const retryAfterMs = parseRetryAfter(headers['retry-after'], headers.date);
  return Object.assign(new Error(error?.message ?? said.slice(0, 300)), {
    status,
    reason: error?.errors?.[0]?.reason ?? '',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

interface ErrorDocument {
  readonly error?: { readonly message?: string; readonly errors?: readonly { readonly reason?: string }[] };
}

function parseError(said: string): ErrorDocument {
  try {
    const parsed: unknown = JSON.parse(said);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

/**
 * `undefined` where the key is missing. Rejects when it is the bucket that is missing: Google answers both with 404, so the bucket is
 * listed, once.
 */
export async function orMissing<T>(connection: Connection, call: Call, get: () => Promise<T>): Promise<T | undefined> {
  try {
    return await get();
  } catch (error) {
    if (!(error instanceof ProviderError) || error.kind !== 'missing') throw error;
    if (!connection.learnt.bucketExists) {
      const query = { maxResults: '1', fields: 'kind' };
      await sendForJson(connection, call, { action: 'list' }, { method: 'GET', path: objectsPath(connection), query });
    }
    return undefined;
  }
}

/** `/storage/v1/b/<bucket>/o`, below `/upload` for bodies. */
export function objectsPath({ options }: Connection): string {
  return `/storage/v1/b/${encodeURIComponent(options.bucket)}/o`;
}

export function objectPath(connection: Connection, key: string): string {
  return `${objectsPath(connection)}/${encodeURIComponent(connection.root + key)}`;
}

export function conflict({ options, root }: Connection, key: string): ProviderError {
  const message = `GCS bucket ${options.bucket}: somebody else wrote ${root + key} meanwhile.`;
  return new ProviderError('conflict', message);
}
