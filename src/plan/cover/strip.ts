import { type Bound, countedWide, pricesOf, type Stage } from './bound.ts';
import { type Counts, findLabels, type Label } from './labels.ts';
import { type CoverProblem, type CoverTree, costOf, itemsOf, keeps, type Usage } from './problem.ts';
import { Relaxation } from './relax.ts';

/** One choice for all trees that have been looked at. */
export interface Choice {
  readonly usage: Usage;
  readonly wide: number;
  /** For each tree. */
  readonly labels: readonly Label[];
}

export interface Strip {
  readonly multipliers: Bound['multipliers'];
  /** How much more than the bound says a choice may cost. */
  readonly slackUsd: number;
  readonly effort: { left: number };
}

/** The best choice in a strip above the bound; `undefined` where there is none, or the effort is spent. */
export function searchStrip(stage: Stage, strip: Strip): Choice | undefined {
  const { problem, perLeftUsd } = stage;
  let choices: Choice[] = [{ usage: { paths: 0, prefixes: 0, tags: 0, left: 0, bytes: 0 }, wide: 0, labels: [] }];
  for (const [index, tree] of problem.trees.entries()) {
    const labels = findTreeLabels(stage, index, strip);
    const extended = choices.flatMap((choice) => labels.map((label) => extend(choice, tree, label)));
    choices = keepBest(
      extended.filter(({ usage }) => keeps(usage, problem.limits)),
      problem,
      perLeftUsd,
    );
  }
  return choices.sort(byCost(problem, perLeftUsd))[0];
}

function findTreeLabels(stage: Stage, index: number, { multipliers, slackUsd, effort }: Strip): readonly Label[] {
  const places = stage.forest[index] ?? [];
  const tree = stage.problem.trees[index];
  if (tree === undefined) return [];
  const prices = pricesOf(stage, index, multipliers);
  const counted = countedWide(stage.problem, index);
  const relaxation = new Relaxation(places, counted);
  const { usd } = relaxation.solve(prices);
  const labels = findLabels(places, {
    prices,
    ...limitsOf(tree, stage.problem),
    effort,
    mostUsd: usd + slackUsd,
    outsideUsd: relaxation.outside(prices),
  });
  return labels ?? [];
}

function limitsOf({ wideScope }: CoverTree, { limits }: CoverProblem) {
  const isUrls = wideScope === 'prefixes';
  const wide = isUrls ? limits.prefixes : Number.POSITIVE_INFINITY;
  const items = Math.min(limits.items, isUrls ? limits.urls : limits.tags);
  const isLimited = (limit: number): boolean => limit < Number.POSITIVE_INFINITY;
  const counts: Counts = { wide: isLimited(wide), items: isLimited(items) };
  return { counts, limits: { wide, items } };
}

function extend({ usage, wide, labels }: Choice, { exactScope, wideScope }: CoverTree, label: Label): Choice {
  const next = { ...usage, left: usage.left + label.left, bytes: usage.bytes + label.bytes };
  next[exactScope] += label.exact;
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
