import { lstatSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import type { Location } from '../../src/provider/contract.ts';
import { codeOf, rejected } from './errors.ts';
import type { LocalOptions } from './options.ts';

/** What is ours alone below the root; never listed, never a key. */
const ownFolder = '.waybill/local';

/** Where one environment's objects and our own files lie. All paths are absolute. */
export interface Layout {
  readonly name: string;
  /** `<directory>/<prefix>`; the user's own choice, so links on the way to it are followed. */
  readonly root: string;
  readonly own: string;
  /** Bodies before they are renamed into place. */
  readonly temporary: string;
  readonly mutex: string;
  readonly objects: string;
  readonly invalidations: string;
}

export function trimSlashes(text: string): string {
  return text.replace(/^\/+|\/+$/g, '');
}

export function resolveLocation(options: LocalOptions, directory: string): Location {
  return { store: resolve(directory, options.directory), prefix: trimSlashes(options.prefix) };
}

export function resolveLayout(options: LocalOptions, directory: string): Layout {
  const { store, prefix } = resolveLocation(options, directory);
  const root = join(store, ...prefix.split('/'));
  const own = join(root, ...ownFolder.split('/'));
  return {
    name: prefix === '' ? `local:${options.directory}` : `local:${options.directory}/${prefix}`,
    root,
    own,
    temporary: join(own, 'tmp'),
    mutex: join(own, 'mutex'),
    objects: join(own, 'objects.jsonl'),
    invalidations: join(own, 'invalidations.jsonl'),
  };
}

/** Whether a key or folder is our own; letter case does not count, as some file systems ignore it. */
export function isOwn(key: string): boolean {
  const folded = key.toLowerCase();
  return folded === ownFolder || folded.startsWith(`${ownFolder}/`);
}

/** Documents, each of which matters by itself. Bodies kept for a rollback are treated like assets. */
export function isState(key: string): boolean {
  return key.startsWith('.waybill/') && !key.startsWith('.waybill/objects/');
}

/** Most file systems take 255 bytes a segment; others answer for themselves. */
const maxSegmentBytes = 255;

/** What S3 takes, so that names which work here work there too. */
export const maxKeyBytes = 1024;

/** Nearly all keys; quick to find out. */
const isAscii = /^[ -~]*$/;

/** Why no file can have this key, or undefined. */
function findKeyMistake(key: string): string | undefined {
  if (key.length * 3 > maxKeyBytes && Buffer.byteLength(key) > maxKeyBytes) return `it has over ${maxKeyBytes} bytes`;
  if (isOwn(key)) return 'the folder .waybill/local is kept for the local provider itself';
  if (key.includes('\0')) return 'a file name cannot hold NUL';
  if (!isAscii.test(key) && /\p{Surrogate}/u.test(key)) return 'it is no valid Unicode';
  if (sep === '\\' && /[\\:*?"<>|]/.test(key)) return 'Windows does not take one of its characters in a file name';
  for (const segment of key.split('/')) {
    if (segment === '') return 'a file system cannot hold an empty name before or after a slash';
    if (segment === '.' || segment === '..') return 'a file system cannot hold a file named `.` or `..`';
    if (segment.length * 3 > maxSegmentBytes && Buffer.byteLength(segment) > maxSegmentBytes) {
      return `a file system takes ${maxSegmentBytes} bytes between two slashes, and here are ${Buffer.byteLength(segment)}`;
    }
  }
  return undefined;
}

/** The file of a key. Throws ProviderError `rejected` for a key that no file can have; the path never leaves the root. */
export function toPath(layout: Layout, key: string): string {
  const mistake = findKeyMistake(key);
  if (mistake !== undefined) {
    throw rejected(`${layout.name} cannot hold ${JSON.stringify(key)}: ${mistake}.`, 'Rename or ignore the file.');
  }
  return `${layout.root}${sep}${toSystem(key)}`;
}

function toSystem(key: string): string {
  return sep === '/' ? key : key.replaceAll('/', sep);
}

/** The folders of a key below the root, outermost first, without the file itself. */
function* parentsOf(layout: Layout, key: string): Iterable<string> {
  let path = layout.root;
  for (const segment of key.split('/').slice(0, -1)) {
    path += sep + segment;
    yield path;
  }
}

/** `link`: refused, it could lead out of the folder. `other`: nothing that keys can lie below. */
function kindOf(path: string): 'folder' | 'none' | 'link' | 'other' {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return 'none';
  if (found.isSymbolicLink()) return 'link';
  return found.isDirectory() ? 'folder' : 'other';
}

export function refuseLink(layout: Layout, path: string): never {
  throw rejected(
    `${path} is a symbolic link; ${layout.name} neither follows nor replaces it.`,
    'Replace the link by a real file or folder.',
  );
}

/** Whether the folders on the way to a key are real ones. False: there is nothing at the key. Throws on a symbolic link. */
export function hasRealParents(layout: Layout, key: string): boolean {
  for (const parent of parentsOf(layout, key)) {
    const kind = kindOf(parent);
    if (kind === 'link') refuseLink(layout, parent);
    if (kind !== 'folder') return false;
  }
  return true;
}

/**
 * Makes the folders on the way to a key. `known` holds folders already looked at in this step. Gives the folders that are new.
 * Throws when a file or a link is in the way.
 */
export function makeParents(layout: Layout, key: string, known: Set<string>): string[] {
  const slash = key.lastIndexOf('/');
  const direct = slash === -1 ? layout.root : `${layout.root}${sep}${toSystem(key.slice(0, slash))}`;
  if (known.has(direct)) return [];
  const made: string[] = [];
  for (const parent of parentsOf(layout, key)) {
    if (known.has(parent)) continue;
    const kind = kindOf(parent);
    if (kind === 'link') refuseLink(layout, parent);
    if (kind === 'other') {
      const message = `${layout.name} cannot hold ${JSON.stringify(key)}: ${parent} is a file, so nothing can lie below it.`;
      throw rejected(
        message,
        'A file system cannot hold both `a` and `a/b`. Rename one of them, or remove the old one.',
      );
    }
    if (kind === 'none') {
      mkdirSync(parent);
      made.push(parent);
    }
    known.add(parent);
  }
  known.add(direct);
  return made;
}

/** Makes our own folder. Throws ProviderError when a link is in its place. */
export function makeOwn(layout: Layout): void {
  mkdirSync(layout.root, { recursive: true });
  for (const folder of [dirname(layout.own), layout.own, layout.temporary]) {
    if (kindOf(folder) === 'link') refuseLink(layout, folder);
    try {
      mkdirSync(folder);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
  }
}
