import { closeSync, constants, copyFileSync, fsync, openSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { ProviderError } from '../../src/errors/errors.ts';
import type { Call, NewObject, ObjectSpec } from '../../src/provider/contract.ts';
import { conflict, toProviderError } from './errors.ts';
import { seal } from './etag.ts';
import { flushAll, flushPaths } from './flush.ts';
import { isState, toPath } from './layout.ts';
import type { Placement } from './place.ts';
import { findFile, hashFile } from './read.ts';
import type { Store } from './store.ts';
import { smallBytes, threadBytes } from './write-job.ts';

const flushFile = promisify(fsync);

const chunkBytes = 1024 * 1024;

const liveKey = '.waybill/live';

export interface Writer {
  write(object: NewObject, call: Call): Promise<{ etag: string }>;
  copy(from: { key: string; etag: string }, to: ObjectSpec, call: Call): Promise<{ etag: string }>;
}

/** Writes bodies to temporary files; `place` puts them at their keys. */
export function createWriter(store: Store, place: (placement: Placement) => Promise<void>): Writer {
  /** Fills a temporary file, flushes what must not be lost, and puts it in place. */
  async function finish(spec: ObjectSpec, call: Call, fill: (temporary: string) => Promise<string>) {
    call.signal.throwIfAborted();
    const { key, sha256, headers, ifMatch } = spec;
    let temporary: string | undefined;
    try {
      const path = toPath(store.layout, key);
      temporary = store.newTemporary();
      const etag = await fill(temporary);
      call.signal.throwIfAborted();
      if (key === liveKey) await flushAll();
      const condition = ifMatch === undefined ? {} : { ifMatch };
      await place({ temporary, path, record: { key, etag, sha256, headers }, signal: call.signal, ...condition });
      if (isState(key)) await flushPaths([dirname(path)]);
      return { etag };
    } catch (error) {
      if (temporary !== undefined) rmSync(temporary, { force: true });
      throw toProviderError(error, `write ${key}`);
    }
  }

  return {
    write: (object, call) => finish(object, call, (temporary) => writeBody(store, temporary, object, call)),
    copy: (from, to, call) => finish(to, call, (temporary) => writeCopy(store, temporary, from, to, call)),
  };
}

async function writeBody(store: Store, temporary: string, object: NewObject, call: Call): Promise<string> {
  const copied = await copyInThread(store, temporary, object);
  if (copied === undefined)
    return object.size <= smallBytes ? writeSmall(temporary, object, call) : writeBig(temporary, object, call);
  call.onBytes?.(object.size);
  return copied;
}

async function writeSmall(temporary: string, object: NewObject, call: Call): Promise<string> {
  const bytes = await object.body.bytes();
  call.signal.throwIfAborted();
  const file = openSync(temporary, 'wx');
  try {
    writeFileSync(file, bytes);
    call.onBytes?.(bytes.length);
    if (isState(object.key)) await flushFile(file);
    return seal(file);
  } finally {
    closeSync(file);
  }
}

/** Undefined where the body is to be written here. */
function copyInThread(
  { copies }: Store,
  temporary: string,
  { key, body }: NewObject,
): Promise<string | undefined> | undefined {
  if (body.file === undefined || body.size > threadBytes || isState(key)) return undefined;
  return copies.offer({ source: body.file, size: body.size, sha256: body.sha256, temporary });
}

async function writeBig(temporary: string, object: NewObject, call: Call): Promise<string> {
  const file = await open(temporary, 'wx');
  try {
    for await (const chunk of object.body.chunks(chunkBytes)) {
      call.signal.throwIfAborted();
      await file.writeFile(chunk);
      call.onBytes?.(chunk.length);
    }
    if (isState(object.key)) await file.sync();
    return seal(file.fd);
  } finally {
    await file.close();
  }
}

/** Shares the blocks with the source where the file system can; a hard link would also share what is edited by hand later. */
async function writeCopy(
  store: Store,
  temporary: string,
  from: { key: string; etag: string },
  to: ObjectSpec,
  call: Call,
): Promise<string> {
  const source = findFile(store, from.key);
  if (!source) throw new ProviderError('missing', `${from.key}, the source of a copy, does not exist.`);
  if (source.etag !== from.etag) throw conflict(from.key);
  if (source.size <= smallBytes) copyFileSync(source.path, temporary, constants.COPYFILE_FICLONE);
  else await copyFile(source.path, temporary, constants.COPYFILE_FICLONE);
  if (findFile(store, from.key)?.etag !== from.etag) throw conflict(from.key);
  const sha256 = store.records.find(from.key, from.etag)?.sha256 ?? (await hashFile(temporary, call.signal));
  if (sha256 !== to.sha256) throw conflict(from.key);
  const file = openSync(temporary, 'r');
  try {
    if (isState(to.key)) await flushFile(file);
    return seal(file);
  } finally {
    closeSync(file);
  }
}
