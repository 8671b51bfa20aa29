import { type Dirent, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Source } from '../config/types.ts';
import { SourceError } from '../errors/errors.ts';
import { IgnoreRules, ignoreFileName } from './ignore-rules.ts';
import { checkLink, resolveLink } from './links.ts';
import { checkKey, checkUtf8 } from './names.ts';
import type { Pacer } from './pacer.ts';
import { errorCode, toSourceError } from './read-error.ts';

export interface FoundFile {
  /** Logical path: the source's prefix, then the path in the source. */
  readonly path: string;
  /** Absolute, links resolved. */
  readonly file: string;
  /** What messages call it. */
  readonly label: string;
  readonly source: Source;
}

export interface Walked {
  readonly source: Source;
  readonly files: readonly FoundFile[];
  readonly warnings: readonly string[];
}

interface Folder {
  /** Relative to the source; empty for its root. */
  readonly path: string;
  /** Real paths of the folders down to this one, the source's root first. */
  readonly ancestors: readonly string[];
  readonly rules: IgnoreRules;
}

/**
 * Lists a source's files without opening any. Ignored folders are not entered; symbolic links are followed inside the source only.
 * FIFOs, sockets and devices are left out with a warning, since reading one may never end.
 * Raises SOURCE_MISSING, SOURCE_EMPTY, SOURCE_SYMLINK, SOURCE_NAME.
 */
export async function walk(
  source: Source,
  options: { readonly ignore: readonly string[]; readonly maxKeyBytes: number; readonly pacer: Pacer },
): Promise<Walked> {
  const walker = new Walker(source, options.maxKeyBytes);
  // The configuration may name the source by a link; what counts as outside starts at its target.
  const root = openRoot(source);
  walker.pending.push({ path: '', ancestors: [root], rules: new IgnoreRules([...options.ignore, ...source.ignore]) });
  for (let folder = walker.pending.pop(); folder !== undefined; folder = walker.pending.pop()) {
    const entries = walker.visit(folder);
    if (options.pacer.isDue(0, entries)) await options.pacer.pause();
  }
  if (walker.files.length === 0) {
    throw new SourceError('SOURCE_EMPTY', `the source ${source.label} has no files to deploy (${source.path})`, {
      hint: 'Build the application first, or look at the ignore rules.',
    });
  }
  return { source, files: walker.files, warnings: walker.warnings };
}

function openRoot(source: Source): string {
  const hint = 'Build the application first, or correct the path.';
  try {
    if (statSync(source.path).isDirectory()) return realpathSync(source.path);
  } catch (error) {
    const code = errorCode(error);
    const what =
      code === 'ENOENT' || code === 'ENOTDIR' ? 'does not exist' : `cannot be read: ${code ?? String(error)}`;
    throw new SourceError('SOURCE_MISSING', `the source ${source.label} ${what} (${source.path})`, {
      hint,
      cause: error,
    });
  }
  throw new SourceError('SOURCE_MISSING', `the source ${source.label} is a file, not a folder (${source.path})`, {
    hint: 'Name the folder that holds it; `ignore` leaves out the rest.',
  });
}

class Walker {
  readonly files: FoundFile[] = [];
  readonly warnings: string[] = [];
  readonly pending: Folder[] = [];
  readonly #source: Source;
  readonly #maxKeyBytes: number;

  constructor(source: Source, maxKeyBytes: number) {
    this.#source = source;
    this.#maxKeyBytes = maxKeyBytes;
  }

  /** Returns how many entries the folder has. */
  visit(folder: Folder): number {
    const real = folder.ancestors.at(-1) ?? '';
    const entries = this.#read(real, folder.path);
    const rules = this.#rulesIn(folder, real, entries);
    if (folder.path !== '' && entries.some((entry) => entry.name === '.waybill' && entry.isDirectory())) {
      // A local origin inside its own source would be deployed into itself, and grow with every run.
      this.warnings.push(`${this.#label(folder.path)} is left out: it is an origin that Waybill writes to`);
      return entries.length;
    }
    for (const entry of entries) {
      const path = folder.path === '' ? entry.name : `${folder.path}/${entry.name}`;
      const inside = { ...folder, rules };
      if (entry.isSymbolicLink()) this.#link(entry, path, real, inside);
      else if (entry.isDirectory()) this.#folder(path, real, join(real, entry.name), inside);
      else if (entry.isFile()) this.#file(path, real, join(real, entry.name), rules);
      else this.#special(path, rules);
    }
    return entries.length;
  }

  #read(real: string, path: string): Dirent[] {
    try {
      return readdirSync(real, { withFileTypes: true });
    } catch (error) {
      throw toSourceError(error, this.#label(path));
    }
  }

  #rulesIn(folder: Folder, real: string, entries: readonly Dirent[]): IgnoreRules {
    const own = entries.find((entry) => entry.name === ignoreFileName);
    if (own?.isFile() !== true) return folder.rules;
    try {
      return folder.rules.extended(folder.path, readFileSync(join(real, ignoreFileName), 'utf8'));
    } catch (error) {
      throw toSourceError(error, this.#label(`${folder.path}/${ignoreFileName}`));
    }
  }

  #link(entry: Dirent, path: string, parent: string, folder: Folder): void {
    const target = resolveLink(join(parent, entry.name));
    const isFolder = target.kind === 'found' && target.stats.isDirectory();
    const { rules } = folder;
    // Git takes a link for a file whatever it points to; we follow it, so `name/` matches a link to a folder.
    if (isFolder ? rules.isFolderIgnored(path) : rules.isFileIgnored(path)) return;
    checkLink(target, this.#label(path), folder.ancestors);
    if (target.kind === 'missing') return;
    if (isFolder) this.#folder(path, parent, target.real, folder);
    else if (target.stats.isFile()) this.#file(path, parent, target.real, rules);
    else this.#special(path, rules);
  }

  #folder(path: string, parent: string, real: string, folder: Folder): void {
    if (folder.rules.isFolderIgnored(path)) return;
    checkUtf8(parent, nameOf(path), this.#label(path));
    this.pending.push({ path, ancestors: [...folder.ancestors, real], rules: folder.rules });
  }

  #file(path: string, parent: string, file: string, rules: IgnoreRules): void {
    if (rules.isFileIgnored(path)) return;
    const label = this.#label(path);
    checkUtf8(parent, nameOf(path), label);
    const key = this.#source.prefix + path;
    checkKey(key, label, this.#maxKeyBytes);
    this.files.push({ path: key, file, label, source: this.#source });
  }

  #special(path: string, rules: IgnoreRules): void {
    if (rules.isFileIgnored(path)) return;
    this.warnings.push(`${this.#label(path)} is left out: it is a FIFO, socket or device`);
  }

  #label(path: string): string {
    return `${this.#source.label.replace(/\/+$/, '')}/${path}`;
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
