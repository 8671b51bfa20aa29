import { execFile } from 'node:child_process';
import { type FileHandle, open } from 'node:fs/promises';
import process from 'node:process';
import { promisify } from 'node:util';
import { codeOf } from './errors.ts';

const run = promisify(execFile);

/** Above so many files one `sync` of the file system is faster than a flush of each. */
const singlyAtMost = 64;
const flushesAtOnce = 8;

/** Files and folders that were written and not yet flushed, by root. Process-wide: the state may be written through another opened origin than the assets. */
const waitingByRoot = new Map<string, Set<string>>();

/** Remembers what `flushAll` has to flush; `path` may be a folder whose entries changed. */
export function flushLater(root: string, path: string): void {
  const waiting = waitingByRoot.get(root) ?? new Set();
  waitingByRoot.set(root, waiting);
  waiting.add(path);
}

/** Puts everything written so far by this process on the disk, so that a power cut cannot lose it. */
export async function flushAll(): Promise<void> {
  const roots = [...waitingByRoot];
  waitingByRoot.clear();
  for (const [index, [root, paths]] of roots.entries()) {
    try {
      if (paths.size <= singlyAtMost || !(await syncFileSystem(root))) await flushPaths([...paths]);
    } catch (error) {
      // What is not flushed stays owed for the next try.
      for (const [other, rest] of roots.slice(index)) for (const path of rest) flushLater(other, path);
      throw error;
    }
  }
}

/** Linux alone has a call that flushes one file system and waits; Node offers it through coreutils only. */
async function syncFileSystem(root: string): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  try {
    await run('sync', ['-f', root]);
    return true;
  } catch {
    // No such program, or one that does not know the option.
    return false;
  }
}

export async function flushPaths(paths: readonly string[]): Promise<void> {
  const rest = paths.values();
  const work = async () => {
    for (const path of rest) await flushPath(path);
  };
  await Promise.all(Array.from({ length: Math.min(flushesAtOnce, paths.length) }, work));
}

async function flushPath(path: string): Promise<void> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    // Replaced or removed since; what came after it is flushed in its own right.
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return;
    throw error;
  }
  try {
    await file.sync();
  } catch (error) {
    // Some systems cannot flush folders, or files opened for reading.
    if (!['EINVAL', 'EPERM', 'EISDIR', 'ENOTSUP'].includes(codeOf(error) ?? '')) throw error;
  } finally {
    await file.close();
  }
}
