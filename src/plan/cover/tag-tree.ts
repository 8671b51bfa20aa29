import type { Tags } from '../../tags.ts';
import type { NamedTree } from './grove.ts';
import type { CoverNode } from './problem.ts';
import { type Evicted, noneEvicted } from './standing.ts';

/** Files by their tags, in groups by the tag of their top directory. `standing` says what each such tag evicts. */
export function makeTagTree(files: readonly Tags[], standing: ReadonlyMap<string, Evicted>): NamedTree {
  const groups = new Map<string, string[]>();
  for (const { file, directory } of files) {
    const group = groups.get(directory);
    if (group) group.push(file);
    else groups.set(directory, [file]);
  }
  const root = files.length + groups.size;
  const nodes: CoverNode[] = [];
  const names: string[] = [];
  for (const [directory, group] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const parent = nodes.length + group.length;
    for (const file of group.sort()) {
      nodes.push({ parent, unit: 'exact', wideBytes: undefined });
      names.push(file);
    }
    // A file alone has a tag of its own.
    const wideBytes = group.length < 2 ? undefined : (standing.get(directory)?.bytes ?? 0);
    nodes.push({ parent: root, unit: undefined, wideBytes });
    names.push(directory);
  }
  nodes.push({ parent: -1, unit: undefined, wideBytes: undefined });
  return {
    nodes,
    exactItem: (index) => `#${names[index] ?? ''}`,
    wideItem: (index) => `#${names[index] ?? ''}`,
    evicts: (index) => standing.get(names[index] ?? '') ?? noneEvicted,
  };
}
