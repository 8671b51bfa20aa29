import type { Marks } from './marks.ts';
import type { Loss } from './prune-types.ts';

/** Paths named for each version; `live` is a small document. */
const mostPaths = 20;

/**
 * The versions that lose files by a takedown, where `known` does not say so already: those with matching files, and those that need the
 * same bytes under another path and have them nowhere else.
 */
export function findLosses(marks: Marks, homes: ReadonlyMap<string, string>, known: readonly Loss[]): Loss[] {
  const paths = new Map([...marks.losses].map(([version, list]) => [version, new Set(list)]));
  for (const { version, path, sha256, isServed } of marks.shared) {
    if (isServed || homes.has(sha256)) continue;
    paths.set(version, (paths.get(version) ?? new Set()).add(path));
  }
  const before = new Map(known.map((loss) => [loss.version, loss]));
  return [...paths]
    .sort(([a], [b]) => a - b)
    .flatMap(([version, lost]) => {
      const old = before.get(version);
      const loss = merge(version, lost, old);
      const isKnown = old !== undefined && old.more === loss.more && old.paths.join('\n') === loss.paths.join('\n');
      return isKnown ? [] : [loss];
    });
}

function merge(version: number, lost: ReadonlySet<string>, old: Loss | undefined): Loss {
  const all = [...new Set([...(old?.paths ?? []), ...lost])].sort();
  const isCut = all.length > mostPaths || old?.more === true;
  return { version, paths: all.slice(0, mostPaths), ...(isCut ? { more: true } : {}) };
}
