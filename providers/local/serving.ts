import { closeSync, createReadStream } from 'node:fs';
import type { ServedObject, Serving } from '../../src/provider/serving.ts';
import { toProviderError } from './errors.ts';
import { followInvalidations } from './invalidations.ts';
import { findFile, openFound } from './read.ts';
import type { Store } from './store.ts';

/** What `waybill serve` reads from: files with the headers that were recorded for them. */
export function createServing(store: Store): Serving {
  return {
    head(key) {
      try {
        const found = findFile(store, key);
        return found && { ...found, headers: store.records.find(key, found.etag)?.headers ?? {} };
      } catch (error) {
        throw toProviderError(error, `read ${key}`);
      }
    },
    open(key) {
      try {
        return openServed(store, key);
      } catch (error) {
        throw toProviderError(error, `read ${key}`);
      }
    },
    followInvalidations: () => followInvalidations(store.layout),
  };
}

function openServed(store: Store, key: string): ServedObject | undefined {
  const there = findFile(store, key);
  const opened = there && openFound(there.path);
  if (!opened) return undefined;
  const { file, found } = opened;
  let isOpen = true;
  const close = () => {
    if (isOpen) closeSync(file);
    isOpen = false;
  };
  try {
    const { size, etag, modifiedMs } = found;
    const headers = store.records.find(key, etag)?.headers ?? {};
    return { size, etag, modifiedMs, headers, close, read: (start, end) => readOpened(file, start, end, close) };
  } catch (error) {
    close();
    throw error;
  }
}

async function* readOpened(file: number, start: number, end: number, close: () => void): AsyncIterable<Uint8Array> {
  try {
    if (end > start) yield* createReadStream('', { fd: file, start, end: end - 1, autoClose: false });
  } finally {
    close();
  }
}
