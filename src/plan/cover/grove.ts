import type { CoverNode, CoverScope, CoverTree } from './problem.ts';
import { type Evicted, noneEvicted } from './standing.ts';

/** A tree to cover, and what its items are. */
export interface NamedTree {
  /** In postorder, the root last. */
  readonly nodes: readonly CoverNode[];
  /** The item that covers the unit at a node alone. */
  exactItem(index: number): string;
  /** The item that covers all units at a node and below. */
  wideItem(index: number): string;
  evicts(index: number): Evicted;
}

/** Units that only exact items cover. */
export function makeFlatTree(items: readonly string[]): NamedTree {
  const names = [...items].sort();
  const nodes = names.map((): CoverNode => ({ parent: names.length, unit: 'exact', wideBytes: undefined }));
  return {
    nodes: [...nodes, { parent: -1, unit: undefined, wideBytes: undefined }],
    exactItem: (index) => names[index] ?? '',
    wideItem: () => '',
    evicts: () => noneEvicted,
  };
}

/** Trees side by side under one root that no item covers, so that limits hold for all of them. */
export interface Grove extends CoverTree {
  readonly trees: readonly NamedTree[];
  /** Which of the trees a node is of, and its index there. */
  locate(index: number): { readonly tree: number; readonly index: number };
}

export function plantGrove(
  trees: readonly NamedTree[],
  scopes: { readonly exactScope: CoverScope; readonly wideScope: CoverScope },
): Grove {
  const starts: number[] = [];
  let root = 0;
  for (const { nodes } of trees) {
    starts.push(root);
    root += nodes.length;
  }
  const nodes = trees.flatMap((tree, at) => {
    const start = starts[at] ?? 0;
    return tree.nodes.map((node): CoverNode => ({ ...node, parent: node.parent === -1 ? root : node.parent + start }));
  });
  return {
    nodes: [...nodes, { parent: -1, unit: undefined, wideBytes: undefined }],
    ...scopes,
    trees,
    locate(index) {
      let tree = starts.length - 1;
      while (tree > 0 && (starts[tree] ?? 0) > index) tree--;
      return { tree, index: index - (starts[tree] ?? 0) };
    },
  };
}
