import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Undefined for one that is not there or cannot be read: a cache is never needed. */
export function readCacheFile(place: string): Buffer | undefined {
  try {
    return readFileSync(place);
  } catch {
    return undefined;
  }
}

/** Whole or not at all, for its owner's eyes only. Where that fails, the next run learns it again. */
export function writeCacheFile(place: string, bytes: string | Uint8Array, nonce: string): void {
  const temporary = `${place}.${nonce}.tmp`;
  try {
    mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
    writeFileSync(temporary, bytes, { mode: 0o600, flag: 'wx' });
    renameSync(temporary, place);
  } catch {
    dropCacheFile(temporary);
  }
}

export function dropCacheFile(place: string): void {
  try {
    rmSync(place, { force: true });
  } catch {
    // What cannot be removed could not be written either.
  }
}
