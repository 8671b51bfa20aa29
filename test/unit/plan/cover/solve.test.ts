import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CoverLimits,
  type CoverNode,
  type CoverProblem,
  type CoverTree,
  costOf,
  itemsOf,
  keeps,
  leftUsd,
  type TreeCover,
  type Usage,
} from '../../../../src/plan/cover/problem.ts';
import { solveCover } from '../../../../src/plan/cover/solve.ts';

const nothing: Usage = { paths: 0, prefixes: 0, tags: 0, left: 0, bytes: 0 };

function use(tree: CoverTree, cover: TreeCover): Usage {
  const usage = { ...nothing, left: cover.left.length };
  usage[tree.exactScope] += cover.exact.length;
  usage[tree.wideScope] += cover.wide.length;
  for (const index of cover.wide) usage.bytes += tree.nodes[index]?.wideBytes ?? 0;
  return usage;
}

function add(a: Usage, b: Usage): Usage {
  return {
    paths: a.paths + b.paths,
    prefixes: a.prefixes + b.prefixes,
    tags: a.tags + b.tags,
    left: a.left + b.left,
    bytes: a.bytes + b.bytes,
  };
}

/** Every choice below a node, by trying all. */
function everyChoice(tree: CoverTree, index: number): Usage[] {
  const node = tree.nodes[index];
  if (node === undefined) return [];
  let open = [nothing];
  for (const [child, { parent }] of tree.nodes.entries()) {
    if (parent !== index) continue;
    const below = everyChoice(tree, child);
    open = open.flatMap((a) => below.map((b) => add(a, b)));
  }
  const { exactScope } = tree;
  if (node.unit !== undefined) {
    open = open.flatMap((a) => [
      { ...a, left: a.left + 1 },
      ...(node.unit === 'wide' ? [] : [{ ...a, [exactScope]: a[exactScope] + 1 }]),
    ]);
  }
  const wide = { ...nothing, [tree.wideScope]: 1, bytes: node.wideBytes ?? 0 };
  return unique(node.wideBytes === undefined ? open : [...open, wide]);
}

function unique(some: readonly Usage[]): Usage[] {
  return [...new Map(some.map((one) => [Object.values(one).join(), one])).values()];
}

function bestCost(problem: CoverProblem): number {
  let all = [nothing];
  for (const tree of problem.trees) {
    const own = everyChoice(tree, tree.nodes.length - 1);
    all = unique(all.flatMap((a) => own.map((b) => add(a, b))));
  }
  const perLeftUsd = leftUsd(problem);
  return Math.min(
    ...all.filter((one) => keeps(one, problem.limits)).map((one) => costOf(one, problem.prices, perLeftUsd)),
  );
}

/** `parents` holds how far behind a node its parent stands. */
function makeTree(
  steps: readonly { parent: number; unit: CoverNode['unit']; isWide: boolean; bytes: number }[],
  scopes: Pick<CoverTree, 'exactScope' | 'wideScope'>,
): CoverTree {
  const bytes: number[] = [];
  const last = steps.length - 1;
  const parents = steps.map(({ parent }, index) => (index === last ? -1 : Math.min(last, index + parent)));
  const nodes = steps.map((step, index): CoverNode => {
    // An item that covers more evicts more.
    const own = step.bytes + (bytes[index] ?? 0);
    const parent = parents[index] ?? -1;
    bytes[parent] = (bytes[parent] ?? 0) + own;
    return { parent, unit: step.unit, wideBytes: step.isWide ? own : undefined };
  });
  return { nodes, ...scopes };
}

const steps = fc.array(
  fc.record({
    parent: fc.integer({ min: 1, max: 4 }),
    unit: fc.constantFrom<CoverNode['unit']>('exact', 'exact', 'wide', undefined),
    isWide: fc.boolean(),
    bytes: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 1_000_000_000 })),
  }),
  { minLength: 1, maxLength: 10 },
);
const urls = { exactScope: 'paths', wideScope: 'prefixes' } as const;
const tags = { exactScope: 'tags', wideScope: 'tags' } as const;
/** One tree or two of at most ten nodes together, which is what trying everything can bear. */
const trees = fc
  .tuple(steps, fc.constantFrom([urls, tags], [tags, urls]), fc.array(fc.nat(9), { maxLength: 1 }))
  .map(([all, kinds, cuts]) => {
    const ends = [...new Set([...cuts.filter((cut) => cut > 0 && cut < all.length), all.length])].sort((a, b) => a - b);
    return ends.map((end, index) => makeTree(all.slice(ends[index - 1] ?? 0, end), kinds[index] ?? urls));
  });
const limit = fc.oneof(fc.integer({ min: 0, max: 6 }), fc.constant(Number.POSITIVE_INFINITY));
const limits: fc.Arbitrary<CoverLimits> = fc.record({ urls: limit, prefixes: limit, tags: limit, items: limit });
const problem: fc.Arbitrary<CoverProblem> = fc.record({
  trees,
  limits,
  prices: fc.record({
    itemUsd: fc.constantFrom(0, 0.005, 1),
    byteUsd: fc.constantFrom(9e-11, 0.001, 0),
  }),
});

describe('the cheapest cover', () => {
  test('is never dearer than the best of all that there are, and leaves only what the limits leave', () => {
    fc.assert(
      fc.property(problem, (one) => {
        const covers = solveCover(one);
        const usage = one.trees.map((some, index) => use(some, covers[index] ?? { exact: [], wide: [], left: [] }));
        const total = usage.reduce(add, nothing);
        expect(keeps(total, one.limits)).toBe(true);
        const best = bestCost(one);
        expect(costOf(total, one.prices, leftUsd(one))).toBeLessThanOrEqual(best * (1 + 1e-9) + 1e-12);
      }),
      { numRuns: 2_000 },
    );
  });

  test('covers each unit once, unless it says that it is left', () => {
    fc.assert(
      fc.property(problem, (one) => {
        const covers = solveCover(one);
        for (const [index, { nodes }] of one.trees.entries()) {
          const { exact, wide, left } = covers[index] ?? { exact: [], wide: [], left: [] };
          for (const [unit, node] of nodes.entries()) {
            let by = Number(exact.includes(unit)) + Number(left.includes(unit));
            for (let at = unit; at !== -1; at = nodes[at]?.parent ?? -1) by += Number(wide.includes(at));
            if (node.unit !== undefined) expect(by).toBe(1);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('of equally cheap ones it has the fewest wide items, then the fewest items', () => {
    const nodes: CoverNode[] = [
      { parent: 2, unit: 'exact', wideBytes: 0 },
      { parent: 2, unit: 'exact', wideBytes: 0 },
      { parent: -1, unit: undefined, wideBytes: 0 },
    ];
    const trees: CoverTree[] = [{ nodes, exactScope: 'paths', wideScope: 'prefixes' }];
    const free = { itemUsd: 0, byteUsd: 1 };
    const limits = { urls: 9, prefixes: 9, tags: 9, items: 9 };
    expect(solveCover({ trees, limits, prices: free })).toEqual([{ exact: [0, 1], wide: [], left: [] }]);
    expect(solveCover({ trees, limits: { ...limits, urls: 1 }, prices: free })).toEqual([
      { exact: [], wide: [2], left: [] },
    ]);
    expect(itemsOf({ paths: 1, prefixes: 2, tags: 3 })).toBe(6);
  });
});
