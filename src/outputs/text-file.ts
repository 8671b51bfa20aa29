import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, readlink, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { WaybillError } from '../errors/errors.ts';

/** The text of a file, byte order mark included; empty when there is no file. Throws OUTPUT_FAILED when it is not UTF-8. */
export async function loadText(path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (bytes === undefined) return '';
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new WaybillError('OUTPUT_FAILED', 'the file is not UTF-8, and would be damaged by writing it', { cause });
  }
}

/**
 * Replaces a file at one stroke: readers see the old text or the new one. The mode stays, a symbolic link keeps pointing at the file,
 * and missing folders are made.
 */
export async function writeText(path: string, text: string): Promise<void> {
  const target = await followLinks(path);
  const before = await stat(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (before !== undefined && !before.isFile())
    throw new WaybillError('OUTPUT_FAILED', 'there is something other than a file');
  await mkdir(dirname(target), { recursive: true });
  const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(text);
      // The mode given to `open` would be cut by the umask.
      if (before !== undefined) await file.chmod(before.mode & 0o7777);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

const mostLinks = 40;

/** Unlike `realpath`, also follows a link to a file that is not there yet. */
async function followLinks(path: string): Promise<string> {
  let target = path;
  for (let i = 0; i < mostLinks; i++) {
    const link = await readlink(target).catch(() => undefined);
    if (link === undefined) return target;
    target = resolve(dirname(target), link);
  }
  throw new WaybillError('OUTPUT_FAILED', 'its symbolic links go in circles');
}
