import { findBound, type Stage } from './bound.ts';
import { listPicks } from './labels.ts';
import { makePlaces } from './places.ts';
import {
  type CoverLimits,
  type CoverProblem,
  type CoverTree,
  costOf,
  countsOf,
  leftUsd,
  limitNames,
  type TreeCover,
} from './problem.ts';
import { type Choice, searchStrip } from './strip.ts';

/** Rounding of sums of dollars. */
const relativeError = 1e-12;

/** Shares of the gap between what a cover costs at least and the best one known. */
const shares = [0, 1 / 256, 1 / 32, 1 / 8, 1] as const;

/**
 * The cheapest cover that keeps the limits, for each tree. Exact: a limit is left out until a cover breaks it, and whatever Lagrange's bound
 * leaves open is searched completely, in widening strips above it. Of equally cheap covers one with few wide items.
 */
export function solveCover(problem: CoverProblem): TreeCover[] {
  const forest = problem.trees.map(makePlaces);
  const perLeftUsd = leftUsd(problem);
  const none = Number.POSITIVE_INFINITY;
  let limits: CoverLimits = { urls: none, prefixes: none, tags: none, items: none };
  for (;;) {
    const choice = solveStage({ problem: { ...problem, limits }, forest, perLeftUsd });
    const used = countsOf(choice.usage);
    const broken = limitNames.filter(
      (name) => used[name] > problem.limits[name],
    );
    if (broken.length === 0) return problem.trees.map((tree, index) => toCover(tree, choice, index));
    limits = { ...limits, ...Object.fromEntries(broken.map((name) => [name, problem.limits[name]])) };
  }
}

function solveStage(stage: Stage): Choice {
  const { problem, perLeftUsd } = stage;
  const bound = findBound(stage);
  const errorUsd = relativeError * Math.max(1, Math.abs(bound.lowerUsd));
  for (const share of shares) {
    const slackUsd = share * (bound.upperUsd - bound.lowerUsd) + errorUsd;
    const best = searchStrip(stage, bound, slackUsd);
    if (best !== undefined && costOf(best.usage, problem.prices, perLeftUsd) <= bound.lowerUsd + slackUsd) return best;
  }
  throw new Error('A cover that is known to exist was not found');
}

function toCover({ nodes }: CoverTree, choice: Choice, tree: number): TreeCover {
  const wide = new Set<number>();
  const left = new Set<number>();
  for (const { place, left: count } of listPicks(choice.labels[tree]?.picks)) {
    if (count === undefined) wide.add(place.index);
    else for (const index of [...place.bare, ...place.units].slice(0, count)) left.add(index);
  }
  const exact: number[] = [];
  const isCovered: boolean[] = new Array(nodes.length);
  for (let index = nodes.length - 1; index >= 0; index--) {
    const node = nodes[index];
    isCovered[index] = wide.has(index) || (isCovered[node?.parent ?? -1] ?? false);
    if (node?.unit === 'exact' && !isCovered[index] && !left.has(index)) exact.push(index);
  }
  const ascending = (some: Iterable<number>): number[] => [...some].sort((a, b) => a - b);
  return { exact: ascending(exact), wide: ascending(wide), left: ascending(left) };
}
