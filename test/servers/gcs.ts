import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { get, list, remove, rewrite } from './gcs-operations.ts';
import { Bucket, GcsError, type StoredObject } from './gcs-store.ts';
import { cancelSession, continueSession, insert, type UploadSession } from './gcs-uploads.ts';

export interface GcsRequest {
  readonly operation: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** An answer in place of the real one; `reset` cuts the connection before the effect, `lose-answer` after it. */
export type GcsFault =
  | 'reset'
  | 'lose-answer'
  | {
      readonly status: number;
      readonly reason: string;
      readonly message?: string;
      readonly headers?: Record<string, string>;
    };

export interface GcsServerOptions {
  readonly buckets?: readonly string[];
  /** Requests must carry this bearer token; none is asked for unless said. */
  readonly token?: string;
  /** What the server keeps of a chunk of so many bytes. */
  readonly keptOfChunk?: (size: number) => number;
  /** What one call of a rewrite copies; all unless said. */
  readonly bytesPerRewrite?: number;
  /** A rewrite lays the request's resource over the source's. */
  readonly mergesRewrites?: boolean;
  readonly deleteErrors?: (name: string) => { status: number; reason: string; message: string } | undefined;
  readonly onRequest?: (request: GcsRequest) => GcsFault | undefined;
}

export interface GcsServer {
  readonly endpoint: string;
  /** In the order of arrival. */
  readonly requests: GcsRequest[];
  objects(bucket: string): ReadonlyMap<string, StoredObject>;
  /** Resumable uploads that were neither finished nor cancelled. */
  sessions(): number;
  close(): Promise<void>;
}

/** What an operation works with. */
export interface GcsContext {
  readonly buckets: Map<string, Bucket>;
  readonly sessions: Map<string, UploadSession>;
  readonly rewrites: Map<string, number>;
  readonly options: GcsServerOptions;
  readonly endpoint: string;
  readonly path: string;
  readonly bucket: string;
  readonly name: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  answer(status: number, body?: string | Buffer, headers?: Readonly<Record<string, string>>): void;
  json(value: object): void;
}

const operations: Readonly<Record<string, (context: GcsContext) => void>> = {
  'buckets.insert': ({ buckets, body, json }) => {
    const { name } = JSON.parse(body.toString()) as { name: string };
    buckets.set(name, new Bucket(name));
    json({ kind: 'storage#bucket', name });
  },
  'objects.list': list,
  'objects.get': get,
  'objects.insert': insert,
  'objects.rewrite': rewrite,
  'objects.delete': remove,
  'upload.continue': continueSession,
  'upload.cancel': cancelSession,
};

function nameOperation(method: string, path: string, query: URLSearchParams): string {
  if (query.has('upload_id')) return method === 'DELETE' ? 'upload.cancel' : 'upload.continue';
  if (path.startsWith('/upload/')) return 'objects.insert';
  if (path === '/storage/v1/b') return 'buckets.insert';
  if (path.includes('/rewriteTo/')) return 'objects.rewrite';
  if (/\/o\/?$/.test(path)) return 'objects.list';
  return method === 'DELETE' ? 'objects.delete' : `objects.${method.toLowerCase()}`;
}

/**
 * A small Google Cloud Storage: the part of the JSON API that the vendor's SDK and we use, with exact generation preconditions, resumable
 * uploads and rewrites.
 */
export async function startGcsServer(options: GcsServerOptions = {}): Promise<GcsServer> {
  const buckets = new Map((options.buckets ?? ['test-bucket']).map((name) => [name, new Bucket(name)]));
  const sessions = new Map<string, UploadSession>();
  const rewrites = new Map<string, number>();
  const requests: GcsRequest[] = [];
  let endpoint = '';
  const server = createServer({ keepAliveTimeout: 30_000 }, async (message, response) => {
    try {
      const url = new URL(message.url ?? '/', 'http://localhost');
      const request = parseRequest(message, url);
      requests.push(request);
      const fault = options.onRequest?.(request);
      if (fault === 'reset') return message.socket.destroy();
      if (typeof fault === 'object') throw new GcsError(fault.status, fault.reason, fault.message, fault.headers);
      checkToken(request, options);
      const answer: GcsContext['answer'] = (status, body = '', headers = {}) => {
        if (fault === 'lose-answer') message.socket.destroy();
        else response.writeHead(status, headers).end(body);
      };
      const operation = operations[request.operation];
      if (!operation) throw new GcsError(501, 'notImplemented', `${request.operation} is not implemented`);
      operation({
        ...{ buckets, sessions, rewrites, options, endpoint, answer },
        ...{ path: url.pathname, query: url.searchParams, headers: request.headers, body: await buffer(message) },
        bucket: decodeURIComponent(/\/b\/([^/]+)/.exec(url.pathname)?.[1] ?? ''),
        name: decodeURIComponent(/\/o\/([^/]+)/.exec(url.pathname)?.[1] ?? ''),
        json: (value) => answer(200, JSON.stringify(value), { 'content-type': 'application/json; charset=UTF-8' }),
      });
    } catch (error) {
      message.on('error', () => undefined).resume();
      answerError(response, error);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    endpoint,
    requests,
    objects: (bucket) => buckets.get(bucket)?.objects ?? new Map(),
    sessions: () => [...sessions.values()].filter(({ made }) => made === undefined).length,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function parseRequest(message: IncomingMessage, url: URL): GcsRequest {
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
  const operation = nameOperation(message.method ?? 'GET', url.pathname, url.searchParams);
  return { operation, path: url.pathname, query: Object.fromEntries(url.searchParams), headers };
}

function checkToken({ headers }: GcsRequest, { token }: GcsServerOptions): void {
  if (token === undefined || headers.authorization === `Bearer ${token}`) return;
  if (headers.authorization === undefined)
    throw new GcsError(401, 'required', 'Anonymous caller does not have access.');
  throw new GcsError(401, 'authError', 'Invalid Credentials');
}

function answerError(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const known = error instanceof GcsError ? error : new GcsError(500, 'internalError', String(error));
  const { status, reason, message } = known;
  const body = { error: { code: status, message, errors: [{ message, domain: 'global', reason }] } };
  response.writeHead(status, { 'content-type': 'application/json', ...known.headers }).end(JSON.stringify(body));
}
