import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import type * as Sdk from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';
import type { NewObject } from '../../src/provider/contract.ts';
import type { Condition } from './conditions.ts';
import type { Target } from './target.ts';

/** How the SDK reaches the bucket: read off a request that it made for a key. */
export interface Route {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: number | undefined;
  /** Before the key; ends in `/`. */
  readonly basePath: string;
  readonly region: string;
  readonly service: string;
}

interface SentRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** `undefined` where the key does not stand at the end of the path, or the signature is none that is made here. */
export function readRoute({ protocol, hostname, port, path, headers }: SentRequest, key: string): Route | undefined {
  const scope = /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/([^/]+)\/(s3)\/aws4_request/.exec(
    headers.authorization ?? '',
  );
  const end = encodePath(key);
  const [, region, service] = scope ?? [];
  if (region === undefined || service === undefined || !path.endsWith(`/${end}`)) return undefined;
  return { protocol, hostname, port, basePath: path.slice(0, -end.length), region, service };
}

/** RFC 3986, as S3 wants it in a path: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
function encodePath(key: string): string {
  return encodeURIComponent(key).replace(/%2F|[!'()*]/g, (text) =>
    text === '%2F' ? '/' : `%${text.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The part of node:crypto that the signer asks for. */
class Sha256 {
  #hash: Hash | Hmac;
  readonly #secret: string | Uint8Array | undefined;
  constructor(secret?: string | Uint8Array) {
    this.#secret = secret;
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
  reset(): void {
    this.#hash = this.#secret === undefined ? createHash('sha256') : createHmac('sha256', this.#secret);
  }
}

const signers = new WeakMap<Sdk.S3Client, SignatureV4>();

function signerOf(client: Sdk.S3Client, { region, service }: Route): SignatureV4 {
  const known = signers.get(client);
  if (known) return known;
  const { credentials } = client.config;
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256 as never, uriEscapePath: false });
  signers.set(client, signer);
  return signer;
}

export interface LeanPut {
  readonly object: NewObject;
  readonly target: Target;
  readonly condition: Condition;
  readonly bytes: Buffer;
}

/**
 * One PutObject without the SDK's layers, which cost several times what the request itself does: the same connections, credentials, clock
 * and time limits, signed by the SDK's own signer. Rejects with what the SDK would throw, as far as src/errors.ts reads it.
 */
export async function putLean(
  client: Sdk.S3Client,
  route: Route,
  { object, target, condition, bytes }: LeanPut,
  abortSignal: AbortSignal,
): Promise<{ ETag: string | undefined }> {
  const { protocol, hostname, port, basePath } = route;
  const headers = makeHeaders(object, target, condition, bytes.length);
  headers.host = port === undefined ? hostname : `${hostname}:${port}`;
  const path = basePath + encodePath(target.Key);
  const request = { method: 'PUT', protocol, hostname, port, path, query: {}, headers, body: bytes };
  const signingDate = new Date(Date.now() + client.config.systemClockOffset);
  const signed = await signerOf(client, route).sign(request as never, { signingDate });
  const { response } = await client.config.requestHandler.handle(signed as never, { abortSignal });
  const { statusCode } = response;
  const body = response.body as NodeJS.ReadableStream;
  if (statusCode === 200) {
    body.resume();
    return { ETag: response.headers.etag };
  }
  throw await readFailure(statusCode, response.headers, body);
}

function makeHeaders(
  { headers, sha256 }: NewObject,
  { ACL, ServerSideEncryption, SSEKMSKeyId }: Target,
  { IfMatch, IfNoneMatch }: Condition,
  length: number,
): Record<string, string> {
  return {
    'content-type': 'application/octet-stream',
    ...headers,
    'content-length': String(length),
    'x-amz-content-sha256': sha256,
    'x-amz-meta-sha256': sha256,
    ...(ACL === undefined ? {} : { 'x-amz-acl': ACL }),
    ...(ServerSideEncryption === undefined ? {} : { 'x-amz-server-side-encryption': ServerSideEncryption }),
    ...(SSEKMSKeyId === undefined ? {} : { 'x-amz-server-side-encryption-aws-kms-key-id': SSEKMSKeyId }),
    ...(IfMatch === undefined ? {} : { 'if-match': IfMatch }),
    ...(IfNoneMatch === undefined ? {} : { 'if-none-match': IfNoneMatch }),
  };
}

/** In the shape of the SDK's errors. */
async function readFailure(
  statusCode: number,
  headers: Readonly<Record<string, string>>,
  body: NodeJS.ReadableStream,
): Promise<Error> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const field = (name: string): string | undefined => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
  const name = field('Code') ?? 'Unknown';
  return Object.assign(new Error(field('Message') ?? 'UnknownError'), {
    name,
    Code: name,
    Region: field('Region'),
    $metadata: { httpStatusCode: statusCode },
    $response: { statusCode, headers },
  });
}
