import { createHash, hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { Pacer } from './pacer.ts';
import { changedError, toSourceError } from './read-error.ts';

export interface FileDigest {
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Whether the first bytes are an MPEG transport stream, which shares `.ts` with TypeScript. */
  readonly transportStream: boolean;
}

/** Django names files by their MD5. */
export interface FileDigests extends FileDigest {
  /** Lower-case hex. */
  readonly md5: string;
}

/** Reading 1 MiB takes about a millisecond; files below it, nearly all of a site, need one read and one hash call. */
export const digestBufferBytes = 1024 * 1024;

/** A link that replaced the file since the walk must not lead out of the source (0 where the system lacks the flag). */
export const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

/**
 * Reads a file once and hashes it. Reading is synchronous, two to three times quicker than `fs.promises` for small files, into one
 * buffer that all files share; large files pass through the same buffer with pauses in between.
 * Raises SOURCE_CHANGED when the file is gone or changes its size meanwhile, SOURCE_MISSING when it may not be read.
 */
export function digestFile(file: string, label: string, buffer: Buffer, pacer: Pacer): Promise<FileDigest> {
  return withFile(file, { label, buffer, pacer }, digestOpen);
}

/** As `digestFile`, with the MD5 from the same reading. */
export function digestFileWithMd5(file: string, label: string, buffer: Buffer, pacer: Pacer): Promise<FileDigests> {
  return withFile(file, { label, buffer, pacer }, digestOpenWithMd5);
}

/** How an open file is read. What reads it are functions of the module: making one for each file costs as much as hashing a small one. */
interface Reading {
  readonly label: string;
  readonly buffer: Buffer;
  readonly pacer: Pacer;
}

async function digestOpen(handle: number, reading: Reading): Promise<FileDigest> {
  const start = fill(handle, reading.buffer);
  if (start.length < reading.buffer.length) return digestBytes(start);
  const transportStream = isTransportStream(start);
  const { size, digests } = await digestLarge(handle, reading, ['sha256']);
  return { size, sha256: digests[0] ?? '', transportStream };
}

async function digestOpenWithMd5(handle: number, reading: Reading): Promise<FileDigests> {
  const start = fill(handle, reading.buffer);
  if (start.length < reading.buffer.length) return digestBytesWithMd5(start);
  const transportStream = isTransportStream(start);
  const { size, digests } = await digestLarge(handle, reading, ['sha256', 'md5']);
  return { size, sha256: digests[0] ?? '', md5: digests[1] ?? '', transportStream };
}

export function digestBytes(bytes: Buffer): FileDigest {
  return { size: bytes.length, sha256: hash('sha256', bytes, 'hex'), transportStream: isTransportStream(bytes) };
}

export function digestBytesWithMd5(bytes: Buffer): FileDigests {
  return { ...digestBytes(bytes), md5: hash('md5', bytes, 'hex') };
}

/** Reads a whole file, into `buffer` if it fits: what is returned is good until the buffer's next use. Raises as `digestFile`. */
export function readWhole(file: string, label: string, buffer: Buffer): Promise<Buffer> {
  return withFile(file, { label, buffer }, readOpen);
}

async function readOpen(handle: number, { label, buffer }: Omit<Reading, 'pacer'>): Promise<Buffer> {
  const start = fill(handle, buffer);
  if (start.length < buffer.length) return start;
  // A byte more than expected shows a file that grew.
  const rest = Buffer.allocUnsafe(fstatSync(handle).size - start.length + 1);
  const end = fill(handle, rest);
  if (end.length !== rest.length - 1) throw changedError(label, end.length < rest.length ? 'it shrank' : 'it grew');
  return Buffer.concat([start, end]);
}

async function withFile<Result, Context extends { readonly label: string }>(
  file: string,
  context: Context,
  use: (handle: number, context: Context) => Promise<Result>,
): Promise<Result> {
  let handle: number | undefined;
  try {
    handle = openSync(file, openFlags);
    return await use(handle, context);
  } catch (error) {
    // An abort is nobody's fault and keeps its reason.
    if (error instanceof Error && 'syscall' in error) throw toSourceError(error, context.label);
    throw error;
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/** Goes on from a full buffer. */
async function digestLarge(handle: number, { label, buffer, pacer }: Reading, algorithms: readonly string[]) {
  const expected = fstatSync(handle).size;
  const hashes = algorithms.map((algorithm) => createHash(algorithm));
  let size = 0;
  for (let bytes = buffer; bytes.length > 0; bytes = fill(handle, buffer)) {
    for (const one of hashes) one.update(bytes);
    size += bytes.length;
    if (size > expected) break;
    if (pacer.isDue(bytes.length)) await pacer.pause();
  }
  if (size !== expected) throw changedError(label, size > expected ? 'it grew' : 'it shrank');
  return { size, digests: hashes.map((one) => one.digest('hex')) };
}

/** Reads on until the buffer is full or the file ends; a short read alone does not mean the end. Returns what was read. */
function fill(handle: number, buffer: Buffer): Buffer {
  let length = 0;
  while (length < buffer.length) {
    const count = readSync(handle, buffer, length, buffer.length - length, null);
    if (count === 0) break;
    length += count;
  }
  return buffer.subarray(0, length);
}

/** Packets of 188 bytes each start with 0x47; those of `.mts` cameras have four bytes of time code before them. */
function isTransportStream(bytes: Buffer): boolean {
  return hasPackets(bytes, 0, 188) || hasPackets(bytes, 4, 192);
}

function hasPackets(bytes: Buffer, offset: number, size: number): boolean {
  return bytes.length > offset + size && bytes[offset] === 0x47 && bytes[offset + size] === 0x47;
}
