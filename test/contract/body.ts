import { createHash } from 'node:crypto';
import { SourceError } from '../../src/errors/errors.ts';
import type { Body, Headers } from '../../src/model.ts';
import type { Call, NewObject, StoredBody } from '../../src/provider/contract.ts';

/** A call that nobody aborts. */
export function calm(): Call {
  return { signal: new AbortController().signal };
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** `size` bytes that differ by `seed` and never repeat in a short period. */
export function noise(size: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = seed * 2654435761 + 1;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

export function toBody(content: string | Uint8Array): Body {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return {
    size: bytes.byteLength,
    sha256: sha256Of(bytes),
    bytes: async () => Uint8Array.from(bytes),
    async *chunks(sizeBytes) {
      for (let at = 0; at < bytes.byteLength; at += sizeBytes) yield bytes.slice(at, at + sizeBytes);
    },
  };
}

/** A body whose file was changed after the plan was made: right size, wrong bytes, noticed when all of it was read. */
export function toChangedBody(size: number): Body {
  const honest = toBody(noise(size, 7));
  const changed = () => new SourceError('SOURCE_CHANGED', 'changed.bin changed while it was being deployed.');
  return {
    ...honest,
    bytes: () => Promise.reject(changed()),
    async *chunks(sizeBytes) {
      yield* honest.chunks(sizeBytes);
      throw changed();
    },
  };
}

export const cssHeaders: Headers = {
  'cache-control': 'public, max-age=600',
  'content-type': 'text/css; charset=utf-8',
};

export function toObject(key: string, content: string | Uint8Array, more: Partial<NewObject> = {}): NewObject {
  const body = more.body ?? toBody(content);
  return { key, sha256: body.sha256, size: body.size, headers: cssHeaders, visibility: 'public', ...more, body };
}

export async function toBytes(stored: StoredBody | undefined): Promise<Uint8Array> {
  if (!stored) throw new Error('There is no such object.');
  const chunks: Uint8Array[] = [];
  for await (const chunk of stored.body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function toText(stored: StoredBody | undefined): Promise<string> {
  return Buffer.from(await toBytes(stored)).toString();
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Runs `work` for every item, `width` at once. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const run = async () => {
    while (next < items.length) {
      const item = items[next++] as T;
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: width }, run));
}
