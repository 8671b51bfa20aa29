import { createHash } from 'node:crypto';
import type { MemoryObject } from '../../providers/memory/origin.ts';
import type { Headers } from '../../src/model.ts';
import type { S3Object } from '../servers/s3-store.ts';

/** What stands at a key, read past all code of ours. */
export interface Stored {
  readonly bytes: Uint8Array;
  /** Of the bytes, not what the object says of itself. */
  readonly sha256: string;
  /** Without metadata; `undefined` where the reader cannot tell. */
  readonly headers: Headers | undefined;
}

/** By key, relative to the environment's prefix; state among it. */
export type Snapshot = ReadonlyMap<string, Stored>;

export function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function snapshotMemory(objects: ReadonlyMap<string, MemoryObject>): Snapshot {
  return new Map(
    [...objects].map(([key, { bytes, headers }]) => [key, { bytes, sha256: hashOnce(bytes), headers }] as const),
  );
}

const known = new WeakMap<Uint8Array, string>();

function hashOnce(bytes: Uint8Array): string {
  const found = known.get(bytes) ?? hash(bytes);
  known.set(bytes, found);
  return found;
}

/** Of the in-repo server in this process: its own map. */
export async function snapshotServer(objects: ReadonlyMap<string, S3Object>, root: string): Promise<Snapshot> {
  const found = new Map<string, Stored>();
  for (const [key, { content, headers }] of objects) {
    if (!key.startsWith(root)) continue;
    const parts: Uint8Array[] = [];
    for await (const part of content.read()) parts.push(part);
    const bytes = Buffer.concat(parts);
    found.set(key.slice(root.length), { bytes, sha256: hash(bytes), headers: withoutDigest(headers) });
  }
  return found;
}

/** Stored headers as a manifest has them: sorted, and without the digest that we put beside each object. */
function withoutDigest(headers: Headers): Headers {
  const names = Object.keys(headers).filter((name) => name !== 'x-amz-meta-sha256');
  return Object.fromEntries(names.sort().map((name) => [name, headers[name] as string]));
}
