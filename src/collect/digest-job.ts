import { isUtf8 } from 'node:buffer';
import { digestBufferBytes, digestBytesWithMd5, digestFile, digestFileWithMd5, readWhole } from './file-digest.ts';
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
  /** Whether the file is a script, in which Django may find a source map's name; see `mayNameMap`. */
  readonly isScript?: boolean;
}

/** What reading shows. */
export type Shown<Digest extends KnownDigest = KnownDigest> = Digest & {
  /** Of a script: it is text, and names no source map. So nobody has to read it again. */
  readonly isPlain?: boolean;
};

/** Most scripts name none, and looking for it in the bytes is quicker than making text of them. */
export function mayNameMap(bytes: Buffer): boolean {
  return bytes.includes('sourceMappingURL=');
}

/** Gives a function that hashes files. Those that are under way at once, as large ones are that pause, have a buffer each. */
export function makeDigester(pacer: Pacer): (job: DigestJob) => Promise<Shown> {
  const buffers: Buffer[] = [];
  return async ({ file, label, kind, isScript = false }) => {
    const buffer = buffers.pop() ?? Buffer.allocUnsafe(digestBufferBytes);
    try {
      if (isScript) return digestScript(await readWhole(file, label, buffer));
      return await (kind === 'md5' ? digestFileWithMd5 : digestFile)(file, label, buffer, pacer);
    } finally {
      buffers.push(buffer);
    }
  };
}

function digestScript(bytes: Buffer): Shown {
  const digest = digestBytesWithMd5(bytes);
  return isUtf8(bytes) && !mayNameMap(bytes) ? { ...digest, isPlain: true } : digest;
}
