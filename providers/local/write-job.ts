import { createHash, hash } from 'node:crypto';
import { closeSync, constants, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { seal } from './etag.ts';

/** Up to here a body is written in one synchronous step: asynchronous calls would cost more than the writing. */
export const smallBytes = 512 * 1024;

/** Up to here a thread copies a file, which it can not give up half-way: some tens of milliseconds. */
export const threadBytes = 16 * 1024 * 1024;

/** A file to be copied to a temporary one; plain data, for a thread. */
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

/** Gives a function that copies files and returns their etags. Throws where the bytes are not those of `sha256` any more; nothing is left behind then. */
export function makeCopier(): (job: WriteJob) => string {
  // A byte more than expected shows a file that grew.
  const buffer = Buffer.allocUnsafe(smallBytes + 1);
  return (job) => {
    const source = openSync(job.source, readFlags);
    try {
      return job.size <= smallBytes ? copySmall(source, job, buffer) : copyBig(source, job, buffer);
    } finally {
      closeSync(source);
    }
  };
}

/** Compares first, so that nothing is written of a file that has changed. */
function copySmall(source: number, job: WriteJob, buffer: Buffer): string {
  const bytes = fill(buffer.subarray(0, job.size + 1), source);
  if (bytes.length !== job.size || hash('sha256', bytes, 'hex') !== job.sha256) throw changed(job);
  return into(job, (file) => writeAll(file, bytes));
}

function copyBig(source: number, job: WriteJob, buffer: Buffer): string {
  return into(job, (file) => {
    const sha256 = createHash('sha256');
    let size = 0;
    for (let bytes = fill(buffer, source); bytes.length > 0 && size <= job.size; bytes = fill(buffer, source)) {
      sha256.update(bytes);
      size += bytes.length;
      writeAll(file, bytes);
    }
    if (size !== job.size || sha256.digest('hex') !== job.sha256) throw changed(job);
  });
}

function into({ temporary }: WriteJob, write: (file: number) => void): string {
  const file = openSync(temporary, 'wx');
  try {
    write(file);
    return seal(file);
  } catch (error) {
    unlinkSync(temporary);
    throw error;
  } finally {
    closeSync(file);
  }
}

/** Reads on until the buffer is full or the file ends. */
function fill(buffer: Buffer, source: number): Buffer {
  let length = 0;
  while (length < buffer.length) {
    const count = readSync(source, buffer, length, buffer.length - length, null);
    if (count === 0) break;
    length += count;
  }
  return buffer.subarray(0, length);
}

function writeAll(file: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done);
}

function changed({ source }: WriteJob): Error {
  return new Error(`${source} has changed`);
}
