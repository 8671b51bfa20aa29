import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DjangoSource } from '../../config/types.ts';
import { SourceError } from '../../errors/errors.ts';
import { checkTarget, resolveLink } from '../links.ts';
import { checkUtf8 } from '../names.ts';
import type { Pacer } from '../pacer.ts';
import { errorCode, toSourceError } from '../read-error.ts';
import { makeMatcher } from './fnmatch.ts';

/** One file as a finder lists it. */
export interface ListedFile {
  /** Destination: the folder's prefix, then the path in it. */
  readonly path: string;
  /** Absolute, links resolved. */
  readonly file: string;
}

/** What Django's staticfiles app leaves out unless told otherwise. */
export const defaultPatterns: readonly string[] = ['CVS', '.*', '*~'];

/** What a project's files come to. */
export interface Listed {
  /** In the finders' order; a path may occur more than once. */
  readonly files: ListedFile[];
  /** FIFOs, sockets and devices, which nobody should read. */
  readonly special: string[];
}

/** Names that are never collected, whatever the patterns say. */
const never = makeMatcher(['.git', '.env*']);

/** Whether a path is, or lies in, what is never collected. */
export function isNever(path: string): boolean {
  return /(?:^|\/)\.(?:git|env)/.test(path) && path.split('/').some(never);
}

interface Root {
  readonly path: string;
  /** As written, for messages. */
  readonly label: string;
  readonly prefix: string;
}

/**
 * Lists what FileSystemFinder finds in `dirs` and AppDirectoriesFinder in `apps`, in Django's order and by its rules. Raises SOURCE_MISSING, SOURCE_SYMLINK (a link to nothing or in circles) and SOURCE_NAME.
 */
export async function listWithoutPython(source: DjangoSource, pacer: Pacer): Promise<Listed> {
  const isIgnored = makeMatcher([...source.ignore, ...(source.defaultIgnore ? defaultPatterns : [])]);
  const listed: Listed = { files: [], special: [] };
  for (const root of [...listDirs(source), ...listApps(source)]) {
    const visit = { root, isIgnored, listed, pacer };
    await walkFolder(visit, { path: '', ancestors: [realpathSync(root.path)] });
  }
  return listed;
}

/** A folder that stands there twice under one prefix counts once; under two, Django takes the last prefix for both. */
function listDirs({ dirs }: DjangoSource): Root[] {
  const prefixes = new Map(dirs.map((dir) => [dir.path, dir.prefix]));
  const distinct = dirs.filter(
    (dir, index) => dirs.findIndex((one) => one.path === dir.path && one.prefix === dir.prefix) === index,
  );
  return distinct.map(({ path, label }) => {
    requireFolder(path, `the folder ${label} of \`dirs\``);
    return { path, label, prefix: prefixes.get(path) ?? '' };
  });
}

/** An application without a folder `static` has no files. */
function listApps({ apps }: DjangoSource): Root[] {
  return apps.flatMap(({ path, label }) => {
    requireFolder(path, `the application ${label}`);
    const folder = join(path, 'static');
    return isFolder(folder) ? [{ path: folder, label: `${label.replace(/\/+$/, '')}/static`, prefix: '' }] : [];
  });
}

function requireFolder(path: string, what: string): void {
  if (isFolder(path)) return;
  throw new SourceError('SOURCE_MISSING', `${what} is not there, or is no folder (${path})`, {
    hint: 'Correct the path; it is relative to the configuration.',
  });
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

interface Visit {
  readonly root: Root;
  readonly isIgnored: (text: string) => boolean;
  readonly listed: Listed;
  readonly pacer: Pacer;
}

interface Folder {
  /** Relative to the root; empty for the root itself. */
  readonly path: string;
  /** Real paths down to this folder. */
  readonly ancestors: readonly string[];
}

/**
 * Files first, then folders. Files are ignored by name or by path, folders by name only. Links are followed wherever they lead, as
 * Django does; one that leads nowhere or in circles breaks `collectstatic`, and us.
 */
async function walkFolder(visit: Visit, folder: Folder): Promise<void> {
  const { root, isIgnored, listed, pacer } = visit;
  const real = folder.ancestors.at(-1) ?? root.path;
  const entries = readFolder(real, nameIn(root, folder.path));
  if (pacer.isDue(0, entries.length)) await pacer.pause();
  const folders: Folder[] = [];
  for (const entry of entries) {
    const path = folder.path === '' ? entry.name : `${folder.path}/${entry.name}`;
    if (isIgnored(entry.name) || never(entry.name)) continue;
    checkUtf8(real, entry.name, nameIn(root, path));
    const target = follow(entry, join(real, entry.name), nameIn(root, path), folder.ancestors);
    if (target.kind === 'folder') folders.push({ path, ancestors: [...folder.ancestors, target.file] });
    else if (isIgnored(path)) continue;
    else if (target.kind === 'file') listed.files.push({ path: root.prefix + path, file: target.file });
    else listed.special.push(nameIn(root, path));
  }
  for (const one of folders) await walkFolder(visit, one);
}

function readFolder(folder: string, name: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw toSourceError(error, name);
    throw new SourceError('SOURCE_CHANGED', `${name} was removed while it was being read`, { cause: error });
  }
}

interface Target {
  readonly kind: 'file' | 'folder' | 'special';
  readonly file: string;
}

function follow(entry: Dirent, file: string, name: string, ancestors: readonly string[]): Target {
  if (!entry.isSymbolicLink()) return { kind: kindOf(entry), file };
  const { real, stats } = checkTarget(resolveLink(file), name, ancestors);
  return { kind: kindOf(stats), file: real };
}

function kindOf(entry: Pick<Dirent, 'isFile' | 'isDirectory'>): Target['kind'] {
  if (entry.isDirectory()) return 'folder';
  return entry.isFile() ? 'file' : 'special';
}

function nameIn(root: Root, path: string): string {
  return `${root.label.replace(/\/+$/, '')}/${path}`;
}
