import { createHash } from 'node:crypto';
import { closeSync, constants, createReadStream, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs';
import { ProviderError } from '../../src/errors/errors.ts';
import type { Call, StoredBody, StoredHead } from '../../src/provider/contract.ts';
import { codeOf, toProviderError } from './errors.ts';
import { etagOf } from './etag.ts';
import { hasRealParents, refuseLink, toPath } from './layout.ts';
import type { Store } from './store.ts';

export interface FoundFile {
  readonly path: string;
  readonly size: number;
  readonly etag: string;
  readonly modifiedMs: number;
}

/** Up to here a body is read at once, so that it cannot change under its reader. */
const smallBytes = 1024 * 1024;

/** The file at a key; undefined when there is none, or something that is no file. Throws on symbolic links. */
export function findFile(store: Store, key: string): FoundFile | undefined {
  const path = toPath(store.layout, key);
  if (!hasRealParents(store.layout, key)) return undefined;
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (found?.isSymbolicLink()) refuseLink(store.layout, path);
  if (!found?.isFile()) return undefined;
  return { path, size: Number(found.size), etag: etagOf(found), modifiedMs: Number(found.mtimeNs) / 1e6 };
}

/** Opens what `findFile` found, and no link that has taken its place since; undefined when it is gone. */
export function openFound(path: string): { file: number; found: FoundFile } | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
  const stats = fstatSync(file, { bigint: true });
  const found = { path, size: Number(stats.size), etag: etagOf(stats), modifiedMs: Number(stats.mtimeNs) / 1e6 };
  return { file, found };
}

export async function readObject(store: Store, key: string, call: Call): Promise<StoredBody | undefined> {
  call.signal.throwIfAborted();
  try {
    const there = findFile(store, key);
    const opened = there && openFound(there.path);
    if (!opened) return undefined;
    const { file, found } = opened;
    try {
      const ageMs = Math.max(0, Date.now() - found.modifiedMs);
      const body = found.size <= smallBytes ? once(readFileSync(file), call) : reopen(found, key, call);
      return { etag: found.etag, size: found.size, ageMs, body };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw toProviderError(error, `read ${key}`);
  }
}

/** Without a record of its own, as after an edit by hand, the bytes themselves tell the sha256, and there are no headers. */
export async function headObject(store: Store, key: string, call: Call): Promise<StoredHead | undefined> {
  call.signal.throwIfAborted();
  try {
    const found = findFile(store, key);
    if (!found) return undefined;
    const { etag, size } = found;
    const record = store.records.find(key, etag);
    if (record) return { key, size, etag, sha256: record.sha256, headers: record.headers };
    const sha256 = await hashFile(found.path, call.signal);
    // Replaced while it was hashed: what is there now has a record, or is hashed in turn.
    if (findFile(store, key)?.etag !== etag) return headObject(store, key, call);
    return { key, size, etag, sha256, headers: {} };
  } catch (error) {
    throw toProviderError(error, `read ${key}`);
  }
}

export async function hashFile(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
    signal.throwIfAborted();
    hash.update(chunk);
  }
  return hash.digest('hex');
}

async function* once(bytes: Uint8Array, call: Call): AsyncIterable<Uint8Array> {
  call.signal.throwIfAborted();
  if (bytes.length > 0) yield bytes;
}

/** Opened when it is read, so that a body nobody reads keeps no file open. */
async function* reopen(found: FoundFile, key: string, call: Call): AsyncIterable<Uint8Array> {
  const opened = openFound(found.path);
  if (opened?.found.etag !== found.etag) {
    if (opened) closeSync(opened.file);
    throw new ProviderError('unavailable', `${key} changed while it was read.`);
  }
  for await (const chunk of createReadStream('', { fd: opened.file, highWaterMark: 256 * 1024 })) {
    call.signal.throwIfAborted();
    yield chunk;
  }
}
