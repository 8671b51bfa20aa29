import { hash } from 'node:crypto';
import type { FileDigest, FileDigests } from './file-digest.ts';

/** What a file system says of a file; whatever changes the bytes changes one of these. */
export interface Stamp {
  readonly size: bigint;
  readonly mtimeNs: bigint;
  /** No program can set it back, as it can the mtime. */
  readonly ctimeNs: bigint;
  readonly ino: bigint;
  readonly dev: bigint;
}

/** The MD5 is there where it was needed once. */
export type KnownDigest = FileDigest | FileDigests;

/** Stamp by stamp, digest by digest: made for quick reading, since most runs use every row and change none. */
export interface Rows {
  /** Absolute path of each row. */
  readonly files: readonly string[];
  /** Five numbers a row, as in `toNumbers`. */
  readonly stamps: BigInt64Array;
  /** `digestBytes` a row: sha256, MD5 or zeros, flags. */
  readonly digests: Buffer;
}

export interface Row {
  readonly file: string;
  readonly stamp: Stamp;
  readonly digest: KnownDigest;
}

export const noRows: Rows = { files: [], stamps: new BigInt64Array(), digests: Buffer.alloc(0) };

/** The last byte is the format's version. */
const magic = Buffer.from('waybill\x01', 'latin1');
/** A sha256 of all that follows, then the number of rows. */
const sumBytes = 32;
const headBytes = magic.length + sumBytes + 4;
export const numbersPerRow = 5;
const stampBytes = numbersPerRow * BigInt64Array.BYTES_PER_ELEMENT;
const digestBytes = 32 + 16 + 1;
const flags = { transportStream: 1, md5: 2 } as const;

export function hasStamp({ stamps }: Rows, row: number, stamp: Stamp): boolean {
  return toNumbers(stamp).every((number, index) => stamps[row * numbersPerRow + index] === number);
}

export function digestAt({ stamps, digests }: Rows, row: number): KnownDigest {
  const start = row * digestBytes;
  const flag = digests[start + 48] ?? 0;
  const digest = {
    size: Number(stamps[row * numbersPerRow]),
    sha256: digests.toString('hex', start, start + 32),
    transportStream: (flag & flags.transportStream) !== 0,
  };
  return (flag & flags.md5) === 0 ? digest : { ...digest, md5: digests.toString('hex', start + 32, start + 48) };
}

/** The kept rows of `rows`, and new ones. */
export function joinRows(rows: Rows, kept: ReadonlyMap<string, number>, added: readonly Row[]): Rows {
  const count = kept.size + added.length;
  const stamps = new BigInt64Array(count * numbersPerRow);
  const digests = Buffer.alloc(count * digestBytes);
  let place = 0;
  for (const row of kept.values()) {
    stamps.set(rows.stamps.subarray(row * numbersPerRow, (row + 1) * numbersPerRow), place * numbersPerRow);
    rows.digests.copy(digests, place * digestBytes, row * digestBytes, (row + 1) * digestBytes);
    place += 1;
  }
  for (const { stamp, digest } of added) {
    stamps.set(toNumbers(stamp), place * numbersPerRow);
    const start = place * digestBytes;
    digests.write(digest.sha256, start, 'hex');
    if ('md5' in digest) digests.write(digest.md5, start + 32, 'hex');
    digests[start + 48] = (digest.transportStream ? flags.transportStream : 0) | ('md5' in digest ? flags.md5 : 0);
    place += 1;
  }
  return { files: [...kept.keys(), ...added.map(({ file }) => file)], stamps, digests };
}

export function encodeRows({ files, stamps, digests }: Rows): Uint8Array {
  const { buffer, byteOffset, byteLength } = stamps;
  const head = Buffer.alloc(headBytes);
  head.set(magic);
  head.writeUInt32LE(files.length, headBytes - 4);
  const bytes = Buffer.concat([
    head,
    Buffer.from(buffer, byteOffset, byteLength),
    digests,
    Buffer.from(files.join('\0')),
  ]);
  bytes.set(hash('sha256', bytes.subarray(sumBytes + magic.length), 'buffer'), magic.length);
  return bytes;
}

/** Undefined for what is damaged or of another version. */
export function parseRows(bytes: Buffer): Rows | undefined {
  const content = bytes.subarray(magic.length + sumBytes);
  if (bytes.length < headBytes || !bytes.subarray(0, magic.length).equals(magic)) return undefined;
  if (!hash('sha256', content, 'buffer').equals(bytes.subarray(magic.length, magic.length + sumBytes)))
    return undefined;
  const count = content.readUInt32LE();
  const digestsAt = headBytes + count * stampBytes;
  const namesAt = digestsAt + count * digestBytes;
  const stamps = new BigInt64Array(count * numbersPerRow);
  Buffer.from(stamps.buffer).set(bytes.subarray(headBytes, digestsAt));
  return {
    files: count === 0 ? [] : bytes.toString('utf8', namesAt).split('\0'),
    stamps,
    digests: bytes.subarray(digestsAt, namesAt),
  };
}

/** Inode and device numbers may use all 64 bits. */
export function toNumbers({ size, mtimeNs, ctimeNs, ino, dev }: Stamp): readonly bigint[] {
  return [size, mtimeNs, ctimeNs, BigInt.asIntN(64, ino), BigInt.asIntN(64, dev)];
}
