import { type Bound, findBound, type Stage, useFreely } from './bound.ts';
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
  type Usage,
} from './problem.ts';
import { type Choice, searchStrip } from './strip.ts';

/** Rounding of sums of dollars. */
const relativeError = 1e-12;

/** Shares of the gap between what a cover costs at least and the best one known. */
const shares = [0, 1 / 64, 1 / 8, 1] as const;

/** Pairs of ways that are looked at before the best cover known has to do: a second's work, far above what sites need. */
const mostEffort = 2_000_000;

/**
 * The cheapest cover that keeps the limits, for each tree. Exact: a limit is left out until a cover breaks it, and whatever Lagrange's bound
 * leaves open is searched completely, in widening strips above it, unless that is too much work. Of equally cheap covers one with few
 * wide items.
 */
export function solveCover(problem: CoverProblem): TreeCover[] {
  const forest = problem.trees.map(makePlaces);
  const perLeftUsd = leftUsd(problem);
  const none = Number.POSITIVE_INFINITY;
  const make = (limits: CoverLimits): Stage => ({ problem: { ...problem, limits }, forest, perLeftUsd });
  let limits: CoverLimits = { urls: none, prefixes: none, tags: none, items: none };
  const takeUp = (usage: Usage): boolean => {
    const used = countsOf(usage);
    const broken = limitNames.filter((name) => used[name] > problem.limits[name]);
    limits = { ...limits, ...Object.fromEntries(broken.map((name) => [name, problem.limits[name]])) };
    return broken.length > 0;
  };
  takeUp(useFreely(make(limits)));
  for (;;) {
    const choice = solveStage(make(limits));
    if (!takeUp(choice.usage)) return problem.trees.map((tree, index) => toCover(tree, choice, index));
  }
}

function solveStage(stage: Stage): Choice {
  const { problem, perLeftUsd } = stage;
  const bound = findBound(stage);
  const errorUsd = relativeError * Math.max(1, Math.abs(bound.lowerUsd));
  const effort = { left: mostEffort };
  let best: Choice | undefined;
  let bestUsd = bound.upperUsd;
  for (const share of shares) {
    const slackUsd = share * (bestUsd - bound.lowerUsd) + errorUsd;
    const found = searchStrip(stage, { multipliers: bound.multipliers, slackUsd, effort });
    const usd = found === undefined ? Number.POSITIVE_INFINITY : costOf(found.usage, problem.prices, perLeftUsd);
    if (usd <= bestUsd) {
      best = found;
      bestUsd = usd;
    }
    if (best !== undefined && bestUsd <= bound.lowerUsd + slackUsd) return best;
    if (effort.left < 0) break;
  }
  return best ?? leastKnown(stage, bound, errorUsd);
}

/** The best cover that was met on the way to the bound. */
function leastKnown(stage: Stage, { upper }: Bound, slackUsd: number): Choice {
  const multipliers = upper ?? { urls: 0, prefixes: 0, tags: 0, items: stage.perLeftUsd * 2 };
  const found = searchStrip(stage, { multipliers, slackUsd, effort: { left: Number.POSITIVE_INFINITY } });
  if (found === undefined) throw new Error('A cover that is known to exist was not found');
  return found;
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
