import { realpath, unlink } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { digestBufferBytes, digestFile } from './collect/file-digest.ts';
import { findFiles } from './collect/find-files.ts';
import { listUncommitted } from './collect/git-status.ts';
import { Pacer } from './collect/pacer.ts';
import { errorCode } from './collect/read-error.ts';
import { PlanError } from './errors/errors.ts';
import { mapPaths } from './lookup.ts';
import type { ManifestFile } from './model.ts';
import { hashObject } from './provider/bytes.ts';
import type { Session } from './session.ts';
import { showVersion } from './versions.ts';

/** A local file that the live version holds byte for byte. */
export interface HeldFile {
  /** Logical path. */
  readonly path: string;
  /** Relative to the configuration's folder, with `/`. */
  readonly file: string;
  readonly size: number;
  readonly sha256: string;
}

export interface Holdings {
  readonly environment: string;
  readonly version: number;
  /** Sorted by `file`, each once. */
  readonly files: readonly HeldFile[];
  /** How many more there are that are not the project's own: outside the configuration's folder, or installed packages in it. */
  readonly outside: number;
  /** Paths that the manifest names and the origin does not have as it says. */
  readonly missing: readonly string[];
}

/**
 * Finds the files of the sources that the live version holds under their own path with the same bytes, and looks at the origin that each is
 * there, under its hashed key too. Throws SourceError, NOTHING_LIVE or ProviderError.
 */
export async function findHeld(session: Session): Promise<Holdings> {
  const { config, environment, signal } = session;
  const manifest = await showVersion(session);
  const pacer = new Pacer(signal);
  const base = await realpath(config.directory);
  const { maxKeyBytes } = session.origin.traits;
  const { files } = await findFiles({ ...config, env: session.env, maxKeyBytes, signal }, pacer);
  const byKey = new Map(manifest.files.map((file) => [file.key, file]));
  const keys = mapPaths(manifest);
  const buffer = Buffer.allocUnsafe(digestBufferBytes);
  const found: (HeldFile & { readonly stored: readonly ManifestFile[] })[] = [];
  let outside = 0;
  for (const { path, file, label } of files) {
    const named = keys.get(path);
    const own = [...new Set([path, ...(named === undefined ? [] : [named])])].flatMap((key) => byKey.get(key) ?? []);
    if (own.length === 0) continue;
    const { sha256, size } = await digestFile(file, label, buffer, pacer);
    if (pacer.isDue(size)) await pacer.pause();
    if (!own.some((one) => one.sha256 === sha256)) continue;
    // Without links in it, as git names it.
    const local = relative(base, await realpath(file));
    if (local.startsWith(`..${sep}`) || isAbsolute(local) || isInstalled(local)) outside += 1;
    else found.push({ path, file: local.split(sep).join('/'), size, sha256, stored: own });
  }
  const there = await Promise.all(found.map(({ stored }) => areStored(session, stored)));
  const missing = found.filter((_, index) => there[index] !== true);
  // Links may lead to one file from several paths; all of them have to be there.
  const needed = new Set(missing.map(({ file }) => file));
  const held = new Map<string, HeldFile>();
  for (const { stored: _, ...one } of found) if (!needed.has(one.file)) held.set(one.file, one);
  return {
    environment: environment.name,
    version: manifest.version,
    files: [...held.values()].sort((a, b) => (a.file < b.file ? -1 : 1)),
    outside,
    missing: missing.map(({ path }) => path),
  };
}

async function areStored(session: Session, files: readonly ManifestFile[]): Promise<boolean> {
  const all = await Promise.all(files.map((file) => isStored(session, file)));
  return all.every(Boolean);
}

/** A virtual environment may lie inside of the project; what it holds was installed, and is installed again by whoever runs it. */
function isInstalled(local: string): boolean {
  return local.split(sep).some((part) => part === 'site-packages' || part === 'dist-packages');
}

/** By size and the digest among the object's metadata; by its bytes where others have written it. */
async function isStored({ origin, call }: Session, file: ManifestFile): Promise<boolean> {
  const head = await origin.head(file.key, call);
  if (head === undefined || head.size !== file.size) return false;
  const sha256 = head.sha256 ?? (await hashObject(origin, file.key, call))?.sha256;
  return sha256 === file.sha256;
}

/** Deletes files from disk, all or none that git shows as modified or untracked. Throws STRIP_UNSAFE. */
export async function deleteHeld(session: Session, { files }: Holdings): Promise<void> {
  const directory = await realpath(session.config.directory);
  const uncommitted = await listUncommitted(directory, session.env);
  const unsafe = files.filter(({ file }) => listWithFolders(file).some((path) => uncommitted.has(path)));
  if (unsafe.length > 0) {
    const names = unsafe.slice(0, 5).map(({ file }) => file);
    const more = unsafe.length > names.length ? ` and ${unsafe.length - names.length} more` : '';
    throw new PlanError(
      'STRIP_UNSAFE',
      `Git has no copy of ${names.join(', ')}${more}: modified or untracked. Nothing was deleted.`,
      {
        hint: 'Commit or restore them first.',
      },
    );
  }
  for (const { file } of files) await remove(directory, file);
}

/** Git shows a repository inside another one as a folder. */
function listWithFolders(file: string): string[] {
  const parts = file.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

async function remove(directory: string, file: string): Promise<void> {
  await unlink(join(directory, file)).catch((cause: unknown) => {
    throw new PlanError('STRIP_UNSAFE', `cannot delete ${file}: ${errorCode(cause) ?? String(cause)}`, {
      hint: 'What was deleted before it is in git. Make it deletable for the user that runs Waybill, and run again.',
      cause,
    });
  });
}
