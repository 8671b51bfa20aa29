import { digestBufferBytes, digestFile, digestFileWithMd5 } from './file-digest.ts';
import type { KnownDigest } from './hash-cache-rows.ts';
import type { Pacer } from './pacer.ts';

/** A file to be hashed; plain data, for a thread. */
export interface DigestJob {
  /** Absolute. */
  readonly file: string;
  /** What messages call it. */
  readonly label: string;
  /** `md5`: both. */
  readonly kind: 'sha256' | 'md5';
}

/** Gives a function that hashes files. Those that are under way at once, as large ones are that pause, have a buffer each. */
export function makeDigester(pacer: Pacer): (job: DigestJob) => Promise<KnownDigest> {
  const buffers: Buffer[] = [];
  return async ({ file, label, kind }) => {
    const buffer = buffers.pop() ?? Buffer.allocUnsafe(digestBufferBytes);
    try {
      return await (kind === 'md5' ? digestFileWithMd5 : digestFile)(file, label, buffer, pacer);
    } finally {
      buffers.push(buffer);
    }
  };
}
