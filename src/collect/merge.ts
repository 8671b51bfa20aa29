import type { Source } from '../config/types.ts';
import { SourceError } from '../errors/errors.ts';
import type { FoundFile, Walked } from './walk.ts';

/** How many of the paths in question a message lists. */
const shown = 5;

/**
 * Brings the sources' files together. Where two sources claim one path, `collisions` says which wins; `error` raises
 * SOURCE_COLLISION with the first paths and both sources. A file beside a folder of the same name is refused in any case: a
 * store of folders could not keep both, and no rule says what to do with the folder's other files.
 */
export function mergeSources(walked: readonly Walked[], collisions: 'error' | 'first' | 'last'): readonly FoundFile[] {
  const [only] = walked;
  if (walked.length === 1 && only !== undefined) return only.files;
  const byPath = new Map<string, FoundFile>();
  const claimed: string[] = [];
  for (const file of walked.flatMap(({ files }) => files)) {
    const earlier = byPath.get(file.path);
    if (earlier === undefined || collisions === 'last') byPath.set(file.path, file);
    else if (collisions === 'error') claimed.push(`${file.path} (${both(earlier.source, file.source)})`);
  }
  if (claimed.length > 0) {
    throw new SourceError('SOURCE_COLLISION', `two sources claim ${list(claimed)}`, {
      hint: 'Give one of them a prefix, ignore one file, or set `collisions` to `first` or `last`.',
    });
  }
  refuseFilesUnderFiles(byPath);
  return [...byPath.values()];
}

function refuseFilesUnderFiles(byPath: ReadonlyMap<string, FoundFile>): void {
  const clashes: string[] = [];
  for (const file of byPath.values()) {
    for (let slash = file.path.indexOf('/'); slash !== -1; slash = file.path.indexOf('/', slash + 1)) {
      const above = byPath.get(file.path.slice(0, slash));
      if (above !== undefined) clashes.push(`${above.path} and ${file.path} (${both(above.source, file.source)})`);
    }
  }
  if (clashes.length === 0) return;
  throw new SourceError('SOURCE_COLLISION', `a file and a folder have the same name: ${list(clashes)}`, {
    hint: 'Give one of the sources a prefix, or ignore one of the two.',
  });
}

function both(a: Source, b: Source): string {
  return `${a.label} and ${b.label}`;
}

function list(items: readonly string[]): string {
  const more = items.length > shown ? ` and ${items.length - shown} more` : '';
  return items.slice(0, shown).join(', ') + more;
}
