import type { NamedTree } from './grove.ts';
import type { CoverLimits } from './problem.ts';

/** One wide item that covers all of a tree. */
export interface Whole {
  readonly item: string;
  /** What it covers. */
  readonly units: number;
}

/**
 * One wide item for each tree, where no cover can be better: each evicts nothing, and each tree has more units than the limits let be named
 * one by one. It spares the search, which takes long where thousands of files are stale. `undefined`: it is not that simple.
 */
export function findWhole(trees: readonly NamedTree[], limits: CoverLimits): Whole[] | undefined {
  if (trees.length > Math.min(limits.urls, limits.prefixes, limits.items)) return undefined;
  const found: Whole[] = [];
  for (const tree of trees) {
    const top = findTop(tree);
    const units = tree.nodes.filter(({ unit }) => unit !== undefined).length;
    if (top === undefined || units <= limits.urls || tree.evicts(top).files > 0) return undefined;
    found.push({ item: tree.wideItem(top), units });
  }
  return found;
}

/** The root, or its only branch, if a wide item there covers everything. */
function findTop({ nodes }: NamedTree): number | undefined {
  const root = nodes.length - 1;
  if (nodes[root]?.wideBytes !== undefined) return root;
  // Postorder: what stands before the root is its last branch; the only one if no other node names the root.
  const isLone = nodes[root]?.unit === undefined && nodes.filter(({ parent }) => parent === root).length === 1;
  return isLone && nodes[root - 1]?.wideBytes !== undefined ? root - 1 : undefined;
}
