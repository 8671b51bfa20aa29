import { createHash, hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Body } from '../model.ts';
import { openFlags } from './file-digest.ts';
import { changedError, errorCode, toSourceError } from './read-error.ts';

/** Up to here one synchronous read costs less than handing the work to the thread pool. */
const smallBytes = 256 * 1024;

/**
 * A file's bytes as they were when it was collected: every reading is compared with the size and sha256 taken then, and
 * ends in SOURCE_CHANGED, naming the file, when it holds anything else.
 */
export class FileBody implements Body {
  readonly size: number;
  readonly sha256: string;
  readonly file: string;
  readonly #label: string;

  /** `file` is absolute; `label` is what messages call it. */
  constructor(file: string, label: string, digest: { readonly size: number; readonly sha256: string }) {
    this.file = file;
    this.#label = label;
    this.size = digest.size;
    this.sha256 = digest.sha256;
  }

  async bytes(): Promise<Uint8Array> {
    if (this.size <= smallBytes) return this.#readSmall();
    for await (const whole of this.chunks(this.size)) return whole;
    return new Uint8Array(0);
  }

  async *chunks(sizeBytes: number): AsyncGenerator<Uint8Array> {
    if (!(sizeBytes >= 1)) throw new RangeError(`chunks of ${sizeBytes} bytes`);
    const handle = await this.#open();
    try {
      const sha256 = createHash('sha256');
      let rest = this.size;
      do {
        const chunk = Buffer.allocUnsafe(Math.min(sizeBytes, rest));
        await this.#fill(handle, chunk, sha256);
        rest -= chunk.length;
        // The last chunk is held back until the whole is proven, so a consumer never has all bytes of a wrong file.
        if (rest === 0) await this.#verify(handle, sha256.digest('hex'));
        if (chunk.length > 0) yield chunk;
      } while (rest > 0);
    } finally {
      await handle.close();
    }
  }

  #readSmall(): Uint8Array {
    // One byte more than expected shows a file that grew, and proves the end of one that did not.
    const buffer = Buffer.allocUnsafe(this.size + 1);
    let length = 0;
    let handle: number | undefined;
    try {
      handle = openSync(this.file, openFlags);
      while (length < buffer.length) {
        const count = readSync(handle, buffer, length, buffer.length - length, null);
        if (count === 0) break;
        length += count;
      }
    } catch (error) {
      throw toSourceError(error, this.#label);
    } finally {
      if (handle !== undefined) closeSync(handle);
    }
    if (length !== this.size) throw changedError(this.#label, length > this.size ? 'it grew' : 'it shrank');
    const bytes = buffer.subarray(0, length);
    if (hash('sha256', bytes, 'hex') !== this.sha256) throw changedError(this.#label, 'it has other bytes');
    return bytes;
  }

  async #open(): Promise<FileHandle> {
    try {
      return await open(this.file, openFlags);
    } catch (error) {
      throw toSourceError(error, this.#label);
    }
  }

  async #fill(handle: FileHandle, chunk: Buffer, sha256: ReturnType<typeof createHash>): Promise<void> {
    for (let length = 0; length < chunk.length; ) {
      const { bytesRead } = await this.#read(handle, chunk, length);
      if (bytesRead === 0) throw changedError(this.#label, 'it shrank');
      sha256.update(chunk.subarray(length, length + bytesRead));
      length += bytesRead;
    }
  }

  async #verify(handle: FileHandle, sha256: string): Promise<void> {
    if ((await this.#read(handle, Buffer.allocUnsafe(1), 0)).bytesRead > 0) throw changedError(this.#label, 'it grew');
    if (sha256 !== this.sha256) throw changedError(this.#label, 'it has other bytes');
  }

  /** At most 1 MiB at a time, so that hashing never holds the event loop for long. */
  async #read(handle: FileHandle, chunk: Buffer, offset: number): Promise<{ bytesRead: number }> {
    try {
      return await handle.read(chunk, offset, Math.min(chunk.length - offset, 1024 * 1024), null);
    } catch (error) {
      throw errorCode(error) === undefined ? error : toSourceError(error, this.#label);
    }
  }
}
