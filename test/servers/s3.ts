import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAwsChunked } from './s3-body.ts';
import { S3Error } from './s3-error.ts';
import { nameOperation, operations } from './s3-operations.ts';
import { type Credentials, checkSignature } from './s3-signature.ts';
import { Bucket, type S3Object } from './s3-store.ts';

export interface S3Request {
  /** As AWS names it: `PutObject`, `UploadPart`, … */
  readonly operation: string;
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the body came in aws-chunked frames. */
  readonly awsChunked: boolean;
}

/** An answer in place of the real one; `reset` cuts the connection before the effect, `lose-answer` after it. */
export type Fault =
  | 'reset'
  | 'lose-answer'
  | {
      readonly status: number;
      readonly code: string;
      readonly message?: string;
      readonly headers?: Record<string, string>;
    };

export interface S3ServerOptions {
  readonly buckets?: readonly string[];
  readonly credentials?: Partial<Credentials>;
  readonly port?: number;
  /** Etags that are not MD5, as under SSE-KMS. */
  readonly kms?: boolean;
  /** `If-Match` must come without quotes, as at Ceph radosgw. */
  readonly unquotedEtags?: boolean;
  /** Conditional headers are ignored altogether, as at older S3-compatible stores. */
  readonly ignoreConditions?: boolean;
  /** Conditional writes are answered with 501, as at S3 itself before 2024. */
  readonly refuseConditions?: boolean;
  /** Conditions of CopyObject and CompleteMultipartUpload are ignored, as at Ceph radosgw. */
  readonly ignoreCopyConditions?: boolean;
  /** What CopyObject takes in one request; 5 GiB unless said. */
  readonly maxCopyBytes?: number;
  /** How far the server's clock is ahead of this machine's. */
  readonly clockOffsetMs?: number;
  /** Bodies above it are kept in files; 256 KiB unless said. */
  readonly spillBytes?: number;
  /** Errors of single keys in a DeleteObjects that answers 200. */
  readonly deleteErrors?: (key: string) => { code: string; message: string } | undefined;
  readonly onRequest?: (request: S3Request) => Fault | undefined | Promise<Fault | undefined>;
}

export interface S3Server {
  readonly endpoint: string;
  /** In the order of arrival. */
  readonly requests: S3Request[];
  objects(bucket: string): ReadonlyMap<string, S3Object>;
  /** Multipart uploads that were neither completed nor aborted. */
  uploads(bucket: string): number;
  /** Makes the bucket `to` with the objects of `from`, which stay as they are. */
  copyBucket(from: string, to: string): void;
  close(): Promise<void>;
}

/** What an operation works with. */
export interface S3Context {
  readonly request: S3Request;
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly buckets: Map<string, Bucket>;
  readonly options: S3ServerOptions;
  readonly region: string;
  readonly folder: string;
  readonly newBucket: () => Bucket;
}

/** A small S3 with real signatures, conditions, multipart uploads, checksums and aws-chunked bodies. */
export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const credentials = {
    accessKeyId: 'testaccess',
    secretAccessKey: 'testsecret123',
    region: 'us-east-1',
    ...options.credentials,
  };
  const { kms = false, unquotedEtags = false, clockOffsetMs = 0 } = options;
  const now = () => new Date(Date.now() + clockOffsetMs);
  const newBucket = () => new Bucket({ kms, unquotedEtags, now });
  const buckets = new Map((options.buckets ?? ['test-bucket']).map((name) => [name, newBucket()]));
  const folder = mkdtempSync(join(tmpdir(), 'waybill-s3-'));
  const requests: S3Request[] = [];

  const server = createServer({ keepAliveTimeout: 30_000 }, async (message, response) => {
    response.setHeader('date', now().toUTCString());
    try {
      const url = new URL(message.url ?? '/', 'http://localhost');
      const request = parseRequest(message, url);
      requests.push(request);
      const fault = await options.onRequest?.(request);
      if (fault === 'reset') return message.socket.destroy();
      if (typeof fault === 'object')
        throw new S3Error(fault.status, fault.code, fault.message, { headers: fault.headers ?? {} });
      const signed = checkSignature(message, url, credentials, now());
      if (!signed) checkAnonymous(request, buckets);
      if (fault === 'lose-answer') cutAnswer(response);
      const operation = operations[request.operation];
      if (!operation) throw new S3Error(501, 'NotImplemented', `${request.operation} is not implemented.`);
      await operation({ request, message, response, buckets, options, region: credentials.region, folder, newBucket });
    } catch (error) {
      await answerError(message, response, error);
    }
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    requests,
    objects: (bucket) => buckets.get(bucket)?.objects ?? new Map(),
    uploads: (bucket) => buckets.get(bucket)?.uploads.size ?? 0,
    copyBucket(from, to) {
      const copy = newBucket();
      for (const [key, object] of buckets.get(from)?.objects ?? []) copy.objects.set(key, object);
      buckets.set(to, copy);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function parseRequest(message: IncomingMessage, url: URL): S3Request {
  const [, bucket = '', ...rest] = url.pathname.split('/');
  const query = Object.fromEntries(url.searchParams);
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
  const key = decodeURIComponent(rest.join('/'));
  const method = message.method ?? 'GET';
  const operation = nameOperation({ method, bucket, key, query, headers });
  return {
    operation,
    method,
    bucket: decodeURIComponent(bucket),
    key,
    query,
    headers,
    awsChunked: isAwsChunked(message),
  };
}

/** The public may read objects with a public ACL, and nothing else. */
function checkAnonymous({ operation, bucket, key }: S3Request, buckets: ReadonlyMap<string, Bucket>): void {
  const reads = operation === 'GetObject' || operation === 'HeadObject';
  if (reads && buckets.get(bucket)?.objects.get(key)?.acl === 'public-read') return;
  throw new S3Error(403, 'AccessDenied', 'Access Denied');
}

/** The operation runs, but its answer is replaced by a cut connection. */
function cutAnswer(response: ServerResponse): void {
  response.writeHead = () => response;
  response.write = () => true;
  response.end = () => {
    response.socket?.destroy();
    return response;
  };
}

async function answerError(message: IncomingMessage, response: ServerResponse, error: unknown): Promise<void> {
  const known = error instanceof S3Error ? error : new S3Error(500, 'InternalError', String(error));
  // An unread body would block the connection for the next request.
  message.on('error', () => undefined).resume();
  if (!message.complete && !message.destroyed) await once(message, 'close').catch(() => undefined);
  if (response.headersSent || response.destroyed) return void response.destroy();
  const body = message.method === 'HEAD' || known.status === 304 ? '' : known.render();
  response.writeHead(known.status, { 'content-type': 'application/xml', ...known.headers });
  response.end(body);
}
