import { existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { listFiles } from './files.mjs';

/**
 * Puts the folder `stage` where `target` is. Equal folders are left alone, so that a process that runs from `target` keeps the
 * chunks that it has not imported yet. Returns whether anything changed.
 */
export function swapInto(stage, target) {
  if (haveEqualFiles(stage, target)) return false;
  const old = `${stage}-old`;
  // Another build may put its own folder there between the two renames; then it is that one which goes.
  for (let attempt = 1; ; attempt++) {
    try {
      if (existsSync(target)) renameSync(target, old);
      renameSync(stage, target);
      break;
    } catch (error) {
      if (attempt === 5 || !['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(error.code)) throw error;
      rmSync(old, { recursive: true, force: true });
    }
  }
  rmSync(old, { recursive: true, force: true });
  return true;
}

function haveEqualFiles(a, b) {
  if (!existsSync(b)) return false;
  const files = listFiles(a);
  if (files.join('\n') !== listFiles(b).join('\n')) return false;
  return files.every(
    (file) =>
      statSync(join(a, file)).mode === statSync(join(b, file)).mode &&
      readFileSync(join(a, file)).equals(readFileSync(join(b, file))),
  );
}
