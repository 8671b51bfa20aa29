import { type Bound, findBound, pricesOf, type Relaxation } from './bound.ts';
import { findLabels, type Label, type LabelLimits, listPicks } from './labels.ts';
import {
  type CoverLimits,
  type CoverProblem,
  type CoverTree,
  costOf,
  itemsOf,
  keeps,
  leftUsd,
  type TreeCover,
  type Usage,
} from './problem.ts';
import { makePlaces, relax } from './relax.ts';

/** One choice for all trees that have been looked at. */
interface Choice {
  readonly usage: Usage;
  readonly wide: number;
  readonly labels: readonly Label[];
}

/** Rounding of sums of dollars. */
const relativeError = 1e-12;

/** Shares of the gap between what a cover costs at least and the best one known. */
const shares = [0, 1 / 256, 1 / 32, 1 / 8, 1] as const;

/**
 * The cheapest cover that keeps the limits, for each tree; of equally cheap ones the one with the fewest wide items, then the fewest items.
 * Exact: whatever Lagrange's bound leaves open is searched completely, in widening strips above it.
 */
export function solveCover(problem: CoverProblem): TreeCover[] {
  const perLeftUsd = leftUsd(problem);
  const relaxation: Relaxation = { problem, forest: problem.trees.map(makePlaces), perLeftUsd };
  const bound = findBound(relaxation);
  const errorUsd = relativeError * Math.max(1, bound.lowerUsd);
  for (const share of shares) {
    const slackUsd = share * (bound.upperUsd - bound.lowerUsd) + errorUsd;
    const best = searchStrip(relaxation, bound, slackUsd);
    if (best !== undefined && costOf(best.usage, problem.prices, perLeftUsd) <= bound.lowerUsd + slackUsd) {
      return problem.trees.map((tree, index) => toCover(tree, best.labels[index]));
    }
  }
  throw new Error('A cover that is known to exist was not found');
}

/** The best choice among all that cost at most `slackUsd` more than the bound says. */
function searchStrip(relaxation: Relaxation, { multipliers }: Bound, slackUsd: number): Choice | undefined {
  const { problem, forest, perLeftUsd } = relaxation;
  let choices: Choice[] = [{ usage: { paths: 0, prefixes: 0, tags: 0, left: 0, bytes: 0 }, wide: 0, labels: [] }];
  for (const [index, tree] of problem.trees.entries()) {
    const places = forest[index] ?? [];
    const prices = pricesOf(relaxation, index, multipliers);
    relax(places, prices);
    const labels = findLabels(places, prices, slackUsd, limitsOf(tree, problem.limits));
    choices = choices.flatMap((choice) => labels.map((label) => extend(choice, tree, label)));
    choices = keepBest(choices.filter(({ usage }) => keeps(usage, problem.limits)), problem, perLeftUsd);
  }
  return choices.sort(byCost(problem, perLeftUsd))[0];
}

function limitsOf({ exactScope, wideScope }: CoverTree, limits: CoverLimits): LabelLimits {
  const isShared = exactScope === wideScope;
  return {
    exact: exactScope === undefined ? 0 : limits[exactScope],
    wide: limits[wideScope],
    items: isShared ? Math.min(limits.items, limits[wideScope]) : limits.items,
  };
}

function extend({ usage, wide, labels }: Choice, { exactScope, wideScope }: CoverTree, label: Label): Choice {
  const next = { ...usage, left: usage.left + label.left, bytes: usage.bytes + label.bytes };
  if (exactScope !== undefined) next[exactScope] += label.exact;
  next[wideScope] += label.wide;
  return { usage: next, wide: wide + label.wide, labels: [...labels, label] };
}

/** Of the choices that use the same items, the cheapest. */
function keepBest(choices: readonly Choice[], problem: CoverProblem, perLeftUsd: number): Choice[] {
  const compare = byCost(problem, perLeftUsd);
  const best = new Map<string, Choice>();
  for (const choice of choices) {
    const { paths, prefixes, tags } = choice.usage;
    const name = `${paths} ${prefixes} ${tags}`;
    const known = best.get(name);
    if (known === undefined || compare(choice, known) < 0) best.set(name, choice);
  }
  return [...best.values()];
}

function byCost({ prices }: CoverProblem, perLeftUsd: number): (a: Choice, b: Choice) => number {
  const cost = ({ usage }: Choice): number => costOf(usage, prices, perLeftUsd);
  return (a, b) =>
    cost(a) - cost(b) || a.wide - b.wide || itemsOf(a.usage) - itemsOf(b.usage) || a.usage.bytes - b.usage.bytes;
}

function toCover({ nodes, exactScope }: CoverTree, label: Label | undefined): TreeCover {
  const wide = new Set<number>();
  const left = new Set<number>();
  for (const { index, isLeft } of listPicks(label?.picks)) (isLeft ? left : wide).add(index);
  const exact: number[] = [];
  const isCovered: boolean[] = new Array(nodes.length);
  for (let index = nodes.length - 1; index >= 0; index--) {
    const node = nodes[index];
    isCovered[index] = wide.has(index) || (isCovered[node?.parent ?? -1] ?? false);
    if (node?.isUnit && !isCovered[index] && !left.has(index) && exactScope !== undefined) exact.push(index);
  }
  const ascending = (some: Iterable<number>): number[] => [...some].sort((a, b) => a - b);
  return { exact: ascending(exact), wide: ascending(wide), left: ascending(left) };
}
