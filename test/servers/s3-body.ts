import { createHash, type Hash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { S3Error } from './s3-error.ts';

/** Bytes in memory or, when there are many, in a file. */
export interface Content {
  readonly size: number;
  readonly md5: Buffer;
  read(start?: number, end?: number): AsyncIterable<Uint8Array>;
}

/** Keeps bodies above `spillBytes` in files below `folder`, so that the server's memory stays small. */
export async function storeContent(
  chunks: AsyncIterable<Uint8Array>,
  folder: string,
  spillBytes: number,
): Promise<Content> {
  const md5 = createHash('md5');
  const held: Uint8Array[] = [];
  let size = 0;
  let file: { path: string; write(chunk: Uint8Array): Promise<void>; end(): Promise<void> } | undefined;
  for await (const chunk of chunks) {
    md5.update(chunk);
    size += chunk.byteLength;
    if (file) await file.write(chunk);
    else held.push(chunk);
    if (!file && size > spillBytes) {
      file = openFile(join(folder, randomUUID()));
      for (const early of held.splice(0)) await file.write(early);
    }
  }
  await file?.end();
  const path = file?.path;
  if (path !== undefined) return { size, md5: md5.digest(), read: (start, end) => readFile(path, size, start, end) };
  const bytes = Buffer.concat(held);
  return { size, md5: md5.digest(), read: (start, end) => once(bytes.subarray(start, end)) };
}

/** Several contents one after the other, as a multipart upload makes them. */
export function joinContents(parts: readonly Content[], md5: Buffer): Content {
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  return {
    size,
    md5,
    async *read(start = 0, end = size) {
      let at = 0;
      for (const part of parts) {
        const from = Math.max(0, start - at);
        const to = Math.min(part.size, end - at);
        if (from < to) yield* part.read(from, to);
        at += part.size;
      }
    },
  };
}

function openFile(path: string) {
  const stream = createWriteStream(path);
  const write = (chunk: Uint8Array) =>
    new Promise<void>((resolve, reject) => stream.write(chunk, (error) => (error ? reject(error) : resolve())));
  return { path, write, end: () => new Promise<void>((resolve) => stream.end(resolve)) };
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  if (bytes.byteLength > 0) yield bytes;
}

async function* readFile(path: string, size: number, start = 0, end = size): AsyncIterable<Uint8Array> {
  if (start < end) yield* createReadStream(path, { start, end: end - 1 });
}

/** The request's body, decoded if it was sent aws-chunked; throws when a hash that the client sent does not fit. */
export async function* receiveBody(request: IncomingMessage): AsyncIterable<Uint8Array> {
  const { headers } = request;
  const declared = String(headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD');
  const checks = new Map<string, { hash: Checksum; expected: string; encoding: 'hex' | 'base64' }>();
  if (/^[0-9a-f]{64}$/.test(declared))
    checks.set('sha256', { hash: createHash('sha256'), expected: declared, encoding: 'hex' });
  const md5 = headers['content-md5'];
  if (md5 !== undefined) checks.set('md5', { hash: createHash('md5'), expected: String(md5), encoding: 'base64' });
  for (const [name, value] of Object.entries(headers)) {
    const hash = name.startsWith('x-amz-checksum-') ? openChecksum(name) : undefined;
    if (hash) checks.set(name, { hash, expected: String(value), encoding: 'base64' });
  }
  const trailer = String(headers['x-amz-trailer'] ?? '');
  const trailing = openChecksum(trailer);
  const trailers = new Map<string, string>();
  const chunks = isAwsChunked(request) ? decodeChunked(request, trailers) : request;
  for await (const chunk of chunks) {
    for (const { hash } of checks.values()) hash.update(chunk);
    trailing?.update(chunk);
    yield chunk;
  }
  if (trailing) checks.set(trailer, { hash: trailing, expected: trailers.get(trailer) ?? '', encoding: 'base64' });
  for (const [name, { hash, expected, encoding }] of checks) {
    if (hash.digest(encoding) === expected) continue;
    const code = name === 'sha256' ? 'XAmzContentSHA256Mismatch' : 'BadDigest';
    throw new S3Error(400, code, `The ${name} you specified did not match what we received.`);
  }
}

export function isAwsChunked({ headers }: IncomingMessage): boolean {
  const encoding = String(headers['content-encoding'] ?? '');
  return encoding.includes('aws-chunked') || String(headers['x-amz-content-sha256']).startsWith('STREAMING-');
}

/** Frames are `<hex size>[;chunk-signature=…]\r\n<bytes>\r\n`; the last is empty and trailers follow it. */
async function* decodeChunked(source: AsyncIterable<Buffer>, trailers: Map<string, string>): AsyncIterable<Uint8Array> {
  let rest = Buffer.alloc(0);
  let wanted: number | undefined;
  let ended = false;
  for await (const piece of source) {
    rest = Buffer.concat([rest, piece]);
    while (!ended) {
      if (wanted === undefined) {
        const line = rest.indexOf('\r\n');
        if (line < 0) break;
        wanted = Number.parseInt(rest.subarray(0, line).toString('latin1'), 16);
        rest = rest.subarray(line + 2);
        if (wanted === 0) ended = true;
      } else {
        if (rest.length < wanted + 2) break;
        yield rest.subarray(0, wanted);
        rest = rest.subarray(wanted + 2);
        wanted = undefined;
      }
    }
  }
  if (!ended) throw new S3Error(400, 'IncompleteBody', 'You did not provide the number of bytes you promised.');
  for (const line of rest.toString('latin1').split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) trailers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
}

interface Checksum {
  update(chunk: Uint8Array): unknown;
  digest(encoding: 'hex' | 'base64'): string;
}

function openChecksum(header: string): Checksum | Hash | undefined {
  switch (header) {
    case 'x-amz-checksum-crc32':
      return openCrc((chunk, value) => crc32(chunk, value));
    case 'x-amz-checksum-crc32c':
      return openCrc(crc32c);
    case 'x-amz-checksum-sha1':
      return createHash('sha1');
    case 'x-amz-checksum-sha256':
      return createHash('sha256');
    default:
      return undefined;
  }
}

function openCrc(step: (chunk: Uint8Array, value: number) => number): Checksum {
  let value = 0;
  return {
    update(chunk) {
      value = step(chunk, value);
    },
    digest(encoding) {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value >>> 0);
      return bytes.toString(encoding);
    },
  };
}

const castagnoli = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

/** CRC32C of `chunk` behind bytes whose own is `start`. */
export function crc32c(chunk: Uint8Array, start: number): number {
  let value = ~start;
  for (const byte of chunk) value = (castagnoli[(value ^ byte) & 255] ?? 0) ^ (value >>> 8);
  return ~value >>> 0;
}
