import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Paths of all files below `folder`, relative to it, sorted. */
export function listFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}
