import { createHash, hash } from 'node:crypto';
import type { Body } from '../model.ts';
import type { Call, Origin } from './contract.ts';

export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

/** A body that is already in memory, as all state documents are. */
export function makeBody(bytes: Uint8Array): Body {
  const sha256 = sha256Hex(bytes);
  return {
    size: bytes.length,
    sha256,
    bytes: () => Promise.resolve(bytes),
    async *chunks(sizeBytes) {
      for (let at = 0; at < bytes.length; at += sizeBytes) yield bytes.slice(at, at + sizeBytes);
    },
  };
}

/** The whole object in memory; for documents, not for assets. */
export async function readWhole(
  origin: Origin,
  key: string,
  call: Call,
): Promise<{ bytes: Uint8Array; etag: string; ageMs: number } | undefined> {
  const found = await origin.read(key, call);
  if (!found) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of found.body) chunks.push(chunk);
  return { bytes: Buffer.concat(chunks), etag: found.etag, ageMs: found.ageMs };
}

/** sha256 of an object's bytes, in bounded memory. */
export async function hashObject(
  origin: Origin,
  key: string,
  call: Call,
): Promise<{ sha256: string; etag: string } | undefined> {
  const found = await origin.read(key, call);
  if (!found) return undefined;
  const hash = createHash('sha256');
  for await (const chunk of found.body) hash.update(chunk);
  return { sha256: hash.digest('hex'), etag: found.etag };
}
