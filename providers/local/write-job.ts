import { hash } from 'node:crypto';
import { closeSync, constants, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { seal } from './etag.ts';

/** Up to here a body is written in one synchronous step: asynchronous calls would cost more than the writing. */
export const smallBytes = 512 * 1024;

/** A small file to be copied to a temporary one; plain data, for a thread. */
export interface WriteJob {
  /** Absolute path of what is read. */
  readonly source: string;
  readonly size: number;
  readonly sha256: string;
  /** Absolute path of what is written; nothing may be there. */
  readonly temporary: string;
}

/** No link that has taken the file's place is followed (0 where the system lacks the flag). */
const readFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

/** Gives a function that copies files of up to `smallBytes` and returns their etags. Throws where the bytes are not those of `sha256` any more. */
export function makeCopier(): (job: WriteJob) => string {
  // A byte more than expected shows a file that grew.
  const buffer = Buffer.allocUnsafe(smallBytes + 1);
  return ({ source, size, sha256, temporary }) => {
    const bytes = buffer.subarray(0, readInto(buffer.subarray(0, size + 1), source));
    if (bytes.length !== size || hash('sha256', bytes, 'hex') !== sha256) throw new Error(`${source} has changed`);
    const file = openSync(temporary, 'wx');
    try {
      for (let done = 0; done < size; ) done += writeSync(file, bytes, done, size - done);
      return seal(file);
    } catch (error) {
      unlinkSync(temporary);
      throw error;
    } finally {
      closeSync(file);
    }
  };
}

function readInto(buffer: Buffer, source: string): number {
  const file = openSync(source, readFlags);
  try {
    let length = 0;
    while (length < buffer.length) {
      const count = readSync(file, buffer, length, buffer.length - length, null);
      if (count === 0) break;
      length += count;
    }
    return length;
  } finally {
    closeSync(file);
  }
}
