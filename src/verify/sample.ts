import { compareUtf8 } from '../byte-order.ts';
import type { ManifestFile } from '../model.ts';

/** Pages and the like that are checked unless a size is given; more are spread. */
const mostEntries = 200;
const otherFiles = 50;

/**
 * The files to check: all entry files first, then a spread of the others with one of each content type, since edges have rules by type.
 * The same files for the same version. `size`: so many in all.
 */
export function chooseSample(files: readonly ManifestFile[], size: number | 'all' | undefined): ManifestFile[] {
  if (size === 'all') return [...files];
  const entries = spread(
    files.filter((file) => file.class === 'entry'),
    size ?? mostEntries,
  );
  const others = files.filter((file) => file.class !== 'entry');
  return [...entries, ...pickOthers(others, size === undefined ? otherFiles : size - entries.length)];
}

function pickOthers(files: readonly ManifestFile[], count: number): ManifestFile[] {
  const sorted = [...files].sort((a, b) => compareUtf8(typeOf(a), typeOf(b)) || compareUtf8(a.key, b.key));
  const firsts = sorted.filter((file, index) => index === 0 || typeOf(file) !== typeOf(sorted[index - 1] ?? file));
  const chosen = new Set(spread(firsts, count));
  const rest = spread(
    sorted.filter((file) => !chosen.has(file)),
    count - chosen.size,
  );
  return [...chosen, ...rest];
}

function typeOf(file: ManifestFile): string {
  return file.headers['content-type'] ?? '';
}

/** At most `count` of a list, at equal distances. */
function spread<T>(list: readonly T[], count: number): T[] {
  if (count <= 0) return [];
  if (list.length <= count) return [...list];
  return list.filter(
    (_, index) => Math.floor((index * count) / list.length) !== Math.floor(((index - 1) * count) / list.length),
  );
}
