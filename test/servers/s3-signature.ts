import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { S3Error } from './s3-error.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html */
const longestSkewMs = 15 * 60_000;

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

/**
 * Checks the Authorization header of Signature Version 4; the body's hash is checked by whoever reads the body.
 * Returns false for an anonymous request. https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function checkSignature(request: IncomingMessage, url: URL, credentials: Credentials, now: Date): boolean {
  const header = request.headers.authorization;
  if (header === undefined) return false;
  const fields = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
    header,
  );
  if (!fields) throw new S3Error(400, 'AuthorizationHeaderMalformed', 'The authorization header is malformed.');
  const [, scope = '', signedHeaders = '', signature = ''] = fields;
  const [accessKeyId = '', date = '', region = '', service = ''] = scope.split('/');
  if (accessKeyId !== credentials.accessKeyId) {
    throw new S3Error(403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.');
  }
  if (region !== credentials.region) {
    const message = `The authorization header is malformed; the region '${region}' is wrong; expecting '${credentials.region}'`;
    const headers = { 'x-amz-bucket-region': credentials.region };
    throw new S3Error(400, 'AuthorizationHeaderMalformed', message, { headers, more: { Region: credentials.region } });
  }
  const time = String(request.headers['x-amz-date']);
  if (Math.abs(parseTime(time) - now.getTime()) > longestSkewMs) {
    throw new S3Error(
      403,
      'RequestTimeTooSkewed',
      'The difference between the request time and the time is too large.',
    );
  }
  const canonical = [
    request.method,
    canonicalPath(url.pathname),
    canonicalQuery(url),
    ...signedHeaders.split(';').map((name) => `${name}:${canonicalValue(request, name)}`),
    '',
    signedHeaders,
    String(request.headers['x-amz-content-sha256']),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', time, `${date}/${region}/${service}/aws4_request`, sha256(canonical)].join('\n');
  const key = signingKey(credentials.secretAccessKey, [date, region, service, 'aws4_request']);
  if (!timingSafeEqual(hmac(key, toSign), Buffer.from(signature, 'hex'))) {
    throw new S3Error(
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided.',
    );
  }
  return true;
}

/** As `20261125T084200Z`. */
function parseTime(time: string): number {
  return Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function canonicalValue(request: IncomingMessage, name: string): string {
  return String(request.headers[name] ?? '')
    .trim()
    .replace(/ +/g, ' ');
}

function canonicalPath(path: string): string {
  return path
    .split('/')
    .map((segment) => encodeStrictly(decodeURIComponent(segment)))
    .join('/');
}

function canonicalQuery(url: URL): string {
  return url.search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', value = ''] = pair.split('=');
      return `${encodeStrictly(decodeURIComponent(name))}=${encodeStrictly(decodeURIComponent(value))}`;
    })
    .sort()
    .join('&');
}

function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

const signingKeys = new Map<string, Buffer>();

/** Derived once for each day and secret. */
function signingKey(secret: string, steps: readonly string[]): Buffer {
  const name = [secret, ...steps].join('\n');
  const start: Buffer = Buffer.from(`AWS4${secret}`);
  const key = signingKeys.get(name) ?? steps.reduce((last, step) => hmac(last, step), start);
  signingKeys.set(name, key);
  return key;
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
