import { existsSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { ConfigError, UsageError } from '../errors/errors.ts';
import { extensions } from './formats.ts';

const names = new Set(extensions.map((extension) => `waybill.config.${extension}`));

/** Configuration files in one folder, sorted. */
export function listConfigs(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => names.has(name))
    .sort();
}

/**
 * Absolute path of `file`, or of the `waybill.config.*` in `cwd` or the nearest parent that has one, up to the repository's root.
 * Throws ConfigError CONFIG_NOT_FOUND and CONFIG_AMBIGUOUS.
 */
export function findConfig({ file, cwd }: { file?: string | undefined; cwd: string }): string {
  if (file !== undefined) return checkFile(resolve(cwd, file));
  if (!isDirectory(cwd)) throw new UsageError('USAGE', `The working directory ${cwd} does not exist.`);
  const folders = listFolders(resolve(cwd));
  for (const folder of folders) {
    const [found, second] = tryList(folder);
    if (second !== undefined) {
      const message = `${folder} holds both ${found} and ${second}.`;
      throw new ConfigError('CONFIG_AMBIGUOUS', message, {
        hint: 'Remove one of them, or name the file with --config.',
      });
    }
    if (found !== undefined) return join(folder, found);
  }
  const parents = folders.length > 1 ? ` or its parents up to ${folders.at(-1)}` : '';
  throw new ConfigError('CONFIG_NOT_FOUND', `There is no waybill.config.* in ${folders[0]}${parents}.`, {
    hint: `Run \`waybill init\`, or name the file with --config. Its name ends in ${extensions.join(', ')}.`,
  });
}

function checkFile(file: string): string {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === true) return file;
  throw new ConfigError('CONFIG_NOT_FOUND', `There is no configuration file ${file}.`, { hint: 'Correct --config.' });
}

/** `start` and its parents, up to the one that holds `.git`; without a repository, short of the home folder and the root. */
function listFolders(start: string): string[] {
  const folders: string[] = [];
  for (let folder = start; ; folder = dirname(folder)) {
    folders.push(folder);
    if (existsSync(join(folder, '.git'))) return folders;
    const parent = dirname(folder);
    if (parent === folder) break;
  }
  const end = folders.findIndex((folder) => folder === homedir() || folder === dirname(folder));
  return folders.slice(0, Math.max(1, end));
}

/** A parent that may not be read holds nothing for us. */
function tryList(folder: string): string[] {
  try {
    return listConfigs(folder);
  } catch {
    return [];
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
