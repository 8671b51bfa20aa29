import { createHash } from 'node:crypto';
import { SourceError } from '../errors/errors.ts';
import type { Body, ManifestFile } from '../model.ts';
import type { Session } from '../session.ts';
import type { FoundBody } from './find-bodies.ts';

/** Bytes at another environment's origin, streamed on every reading and proven by their sha256. */
export class RemoteBody implements Body {
  readonly size: number;
  readonly sha256: string;
  readonly #source: Session;
  readonly #found: FoundBody;

  constructor(source: Session, found: FoundBody, { size, sha256 }: Pick<ManifestFile, 'size' | 'sha256'>) {
    this.size = size;
    this.sha256 = sha256;
    this.#source = source;
    this.#found = found;
  }

  async bytes(): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for await (const chunk of this.#read()) parts.push(chunk);
    return Buffer.concat(parts);
  }

  async *chunks(sizeBytes: number): AsyncGenerator<Uint8Array> {
    if (!(sizeBytes >= 1)) throw new RangeError(`chunks of ${sizeBytes} bytes`);
    let parts: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of this.#read()) {
      let rest = chunk;
      // A chunk goes out when a byte behind it is here: the last one is held back until the whole is proven.
      while (length + rest.length > sizeBytes) {
        const head = rest.subarray(0, sizeBytes - length);
        yield Buffer.concat([...parts, head]);
        rest = rest.subarray(head.length);
        parts = [];
        length = 0;
      }
      parts.push(rest);
      length += rest.length;
    }
    if (length > 0) yield Buffer.concat(parts);
  }

  /** The object's bytes; throws SOURCE_CHANGED in place of ending when they are others. */
  async *#read(): AsyncGenerator<Uint8Array> {
    const { origin, call } = this.#source;
    const found = await origin.read(this.#found.key, call);
    if (!found) throw this.#changed('it is gone');
    const sha256 = createHash('sha256');
    let size = 0;
    for await (const chunk of found.body) {
      sha256.update(chunk);
      size += chunk.length;
      if (size > this.size) break;
      yield chunk;
    }
    if (size !== this.size || sha256.digest('hex') !== this.sha256) throw this.#changed('it has other bytes');
  }

  #changed(how: string): SourceError {
    const { origin } = this.#source;
    return new SourceError(
      'SOURCE_CHANGED',
      `${this.#found.key} at ${origin.name} changed while it was copied: ${how}`,
    );
  }
}
