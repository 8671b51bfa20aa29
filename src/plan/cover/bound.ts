import type { Place } from './places.ts';
import { type CoverLimits, type CoverProblem, costOf, countsOf, keeps, limitNames, type Usage } from './problem.ts';
import { Relaxation, type Relaxed, type TreePrices } from './relax.ts';

/** What one more of each costs on top, in US dollars, instead of a limit. */
export type Multipliers = Readonly<Record<keyof CoverLimits, number>>;

export interface Bound {
  readonly multipliers: Multipliers;
  /** No choice that keeps the limits costs less. */
  readonly lowerUsd: number;
  /** What the best choice found on the way costs, and the multipliers at which it is the cheapest; `undefined`: all is left. */
  readonly upperUsd: number;
  readonly upper: Multipliers | undefined;
}

/** A problem with what is made of its trees once. */
export interface Stage {
  readonly problem: CoverProblem;
  readonly forest: readonly (readonly Place[])[];
  readonly perLeftUsd: number;
}

/** Up to here wide items are counted place by place, which is exact; beyond, a price stands for the limit. */
const mostCounted = 64;

const nothing: Relaxed = { usd: 0, exact: 0, wide: 0 };

const halvings = 24;
/** Below what a hundredth of a byte costs anywhere. */
const shortestStride = 1e-14;
const stride = 16;

/**
 * Lagrange's bound: limits become prices, and each is raised until its limit holds. It only has to be good, for labels.ts closes the gap; so
 * one price at a time is enough.
 */
export function findBound(stage: Stage): Bound {
  const search = new Search(stage);
  search.seed();
  const names = limitNames.filter((name) => search.isTuned(name));
  // A second round, since raising one multiplier moves where another limit holds.
  for (const name of names.length > 1 ? [...names, ...names] : names) search.tune(name);
  return search.best;
}

/** What the cheapest cover would use if there were no limits. */
export function useFreely(stage: Stage): Usage {
  return new Search(stage).evaluate();
}

/** How many wide items are counted in a tree; `undefined` where their limit is a price, or none. */
export function countedWide({ trees, limits }: CoverProblem, tree: number): number | undefined {
  const isCounted = trees[tree]?.wideScope === 'prefixes' && limits.prefixes <= mostCounted;
  return isCounted ? limits.prefixes : undefined;
}

export function pricesOf({ problem, perLeftUsd }: Stage, tree: number, multipliers: Multipliers): TreePrices {
  const isUrls = problem.trees[tree]?.wideScope === 'prefixes';
  const exact = multipliers.items + (isUrls ? multipliers.urls : multipliers.tags);
  return {
    exact,
    wide: exact + (isUrls ? multipliers.prefixes : 0),
    left: perLeftUsd,
    byte: problem.prices.byteUsd,
  };
}

/** What the limits give back of what `multipliers` charge. */
function limitsUsd({ limits, prices }: CoverProblem, multipliers: Multipliers): number {
  let usd = 0;
  for (const name of limitNames) {
    const extra = multipliers[name] - (name === 'items' ? prices.itemUsd : 0);
    if (extra > 0) usd -= extra * limits[name];
  }
  return usd;
}

class Search {
  readonly #stage: Stage;
  readonly #relaxations: readonly Relaxation[];
  #multipliers: Multipliers;
  best: Bound;

  constructor(stage: Stage) {
    this.#stage = stage;
    const { problem, forest } = stage;
    this.#relaxations = forest.map((places, tree) => new Relaxation(places, countedWide(problem, tree)));
    this.#multipliers = { items: problem.prices.itemUsd, urls: 0, prefixes: 0, tags: 0 };
    const lowerUsd = Number.NEGATIVE_INFINITY;
    this.best = { multipliers: this.#multipliers, lowerUsd, upperUsd: Number.POSITIVE_INFINITY, upper: undefined };
  }

  /** Some choice that keeps the limits: the one with the fewest items, or none for anything. */
  seed(): void {
    const { problem, perLeftUsd } = this.#stage;
    this.evaluate();
    if (this.best.upperUsd < Number.POSITIVE_INFINITY) return;
    const left = problem.trees.reduce(
      (sum, { nodes }) => sum + nodes.filter((node) => node.unit !== undefined).length,
      0,
    );
    const nothing = { paths: 0, prefixes: 0, tags: 0, left, bytes: 0 };
    this.best = { ...this.best, upperUsd: costOf(nothing, problem.prices, perLeftUsd) };
    const multipliers = this.#multipliers;
    this.#used('items', perLeftUsd / 2);
    this.#multipliers = multipliers;
  }

  /** Whether a price stands for this limit. */
  isTuned(name: keyof CoverLimits): boolean {
    const limit = this.#stage.problem.limits[name];
    return limit < Number.POSITIVE_INFINITY && !(name === 'prefixes' && limit <= mostCounted);
  }

  /** Moves one multiplier to where its limit begins to hold. */
  tune(name: keyof CoverLimits): void {
    const { problem, perLeftUsd } = this.#stage;
    const limit = problem.limits[name];
    const least = name === 'items' ? problem.prices.itemUsd : 0;
    if (this.#used(name, least) > limit) this.#bisect(name, least, { to: perLeftUsd, limit });
  }

  /** Between `from`, where more than `limit` are used, and `to`: first in long strides, then in halves. */
  #bisect(name: keyof CoverLimits, from: number, { to, limit }: { to: number; limit: number }): void {
    let low = from;
    let high = Math.min(to, low > 0 ? low * 2 : shortestStride);
    while (high < to && this.#used(name, high) > limit) {
      low = high;
      high = Math.min(to, high * stride);
    }
    for (let i = 0; i < halvings && high - low > low * 1e-9; i++) {
      const middle = (low + high) / 2;
      const used = this.#used(name, middle);
      if (used > limit) low = middle;
      else high = middle;
      if (used === limit) break;
    }
    this.#used(name, high);
  }

  #used(name: keyof CoverLimits, multiplier: number): number {
    this.#multipliers = { ...this.#multipliers, [name]: multiplier };
    return countsOf(this.evaluate())[name];
  }

  evaluate(): Usage {
    const { problem } = this.#stage;
    const multipliers = this.#multipliers;
    const usage = { paths: 0, prefixes: 0, tags: 0, left: 0, bytes: 0 };
    let lowerUsd = limitsUsd(problem, multipliers);
    // What the choice really costs: without what the multipliers charge for its items beyond the price.
    let usd = 0;
    for (const [index, { exactScope, wideScope }] of problem.trees.entries()) {
      const prices = pricesOf(this.#stage, index, multipliers);
      const totals = this.#relaxations[index]?.solve(prices) ?? nothing;
      const { itemUsd } = problem.prices;
      lowerUsd += totals.usd;
      usd += totals.usd - totals.exact * (prices.exact - itemUsd) - totals.wide * (prices.wide - itemUsd);
      usage[exactScope] += totals.exact;
      usage[wideScope] += totals.wide;
    }
    const upperUsd = keeps(usage, problem.limits) ? usd : Number.POSITIVE_INFINITY;
    this.best = {
      ...(lowerUsd > this.best.lowerUsd ? { multipliers, lowerUsd } : this.best),
      ...(upperUsd < this.best.upperUsd
        ? { upperUsd, upper: multipliers }
        : { upperUsd: this.best.upperUsd, upper: this.best.upper }),
    };
    return usage;
  }
}
