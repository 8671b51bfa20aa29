import { type CoverProblem, type CoverScope, costOf, itemsOf, keeps, type Usage } from './problem.ts';
import { type Place, relax, type TreePrices } from './relax.ts';

/** What one more of each costs on top, in US dollars, instead of a limit. */
export type Multipliers = Readonly<Record<CoverScope | 'items', number>>;

export interface Bound {
  readonly multipliers: Multipliers;
  /** No choice that keeps the limits costs less. */
  readonly lowerUsd: number;
  /** What the best choice found on the way costs. */
  readonly upperUsd: number;
}

export interface Relaxation {
  readonly problem: CoverProblem;
  readonly forest: readonly (readonly Place[])[];
  readonly perLeftUsd: number;
}

const names = ['items', 'paths', 'prefixes', 'tags'] as const;
const rounds = 2;
const halvings = 30;

/**
 * Lagrange's bound: limits become prices, and each is raised until its limit holds. It only has to be good, for labels.ts closes the gap; so
 * one price at a time is enough.
 */
export function findBound(relaxation: Relaxation): Bound {
  const search = new Search(relaxation);
  search.seed();
  for (let round = 0; round < rounds; round++) {
    const before = search.best.lowerUsd;
    for (const name of names) search.tune(name);
    if (!(search.best.lowerUsd > before)) break;
  }
  return search.best;
}

export function pricesOf({ problem, perLeftUsd }: Relaxation, tree: number, multipliers: Multipliers): TreePrices {
  const { exactScope, wideScope } = problem.trees[tree] ?? { exactScope: undefined, wideScope: 'prefixes' };
  return {
    exact: exactScope === undefined ? Number.POSITIVE_INFINITY : multipliers.items + multipliers[exactScope],
    wide: multipliers.items + multipliers[wideScope],
    left: perLeftUsd,
    byte: problem.prices.byteUsd,
  };
}

/** The least that items cost beyond what `multipliers` charge for them, at any count that the limits allow. */
export function limitsUsd({ limits, prices }: CoverProblem, multipliers: Multipliers): number {
  const free = Math.min(prices.freeItems, limits.items);
  const { items } = multipliers;
  let usd = items <= prices.itemUsd ? -items * free : prices.itemUsd * (limits.items - free) - items * limits.items;
  for (const name of ['paths', 'prefixes', 'tags'] as const) {
    if (multipliers[name] > 0) usd -= multipliers[name] * limits[name];
  }
  return usd;
}

class Search {
  readonly #relaxation: Relaxation;
  #multipliers: Multipliers = { items: 0, paths: 0, prefixes: 0, tags: 0 };
  best: Bound = {
    multipliers: this.#multipliers,
    lowerUsd: Number.NEGATIVE_INFINITY,
    upperUsd: Number.POSITIVE_INFINITY,
  };

  constructor(relaxation: Relaxation) {
    this.#relaxation = relaxation;
  }

  /** Some choice that keeps the limits, if there is one but to leave everything: the one with the fewest items. */
  seed(): void {
    const { problem, perLeftUsd } = this.#relaxation;
    const left = problem.trees.reduce((sum, { nodes }) => sum + nodes.filter((node) => node.isUnit).length, 0);
    this.best = { ...this.best, upperUsd: left * perLeftUsd };
    this.#used('items', perLeftUsd / 2);
  }

  /** Moves one multiplier to where its limit begins to hold. */
  tune(name: CoverScope | 'items'): void {
    const { problem, perLeftUsd } = this.#relaxation;
    const { itemUsd, freeItems } = problem.prices;
    const limit = problem.limits[name];
    if (name !== 'items') {
      if (this.#used(name, 0) > limit) this.#bisect(name, 0, perLeftUsd, limit);
      return;
    }
    const free = Math.min(itemUsd > 0 ? freeItems : limit, limit);
    if (this.#used(name, 0) <= free) return;
    if (itemUsd > 0 && freeItems < limit) {
      const used = this.#used(name, itemUsd);
      if (used < free) return this.#bisect(name, 0, itemUsd, free);
      if (used <= limit) return;
    }
    this.#bisect(name, freeItems < limit ? itemUsd : 0, perLeftUsd, limit);
  }

  /** Between `low`, where more than `limit` are used, and `high`: first in long strides, then in halves. */
  #bisect(name: CoverScope | 'items', from: number, to: number, limit: number): void {
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
    this.#multipliers = { ...this.#multipliers, [name]: high };
  }

  #used(name: CoverScope | 'items', multiplier: number): number {
    this.#multipliers = { ...this.#multipliers, [name]: multiplier };
    const usage = this.#evaluate();
    return name === 'items' ? itemsOf(usage) : usage[name];
  }

  #evaluate(): Usage {
    const { problem, forest, perLeftUsd } = this.#relaxation;
    const multipliers = this.#multipliers;
    const usage = { paths: 0, prefixes: 0, tags: 0, left: 0, bytes: 0 };
    let lowerUsd = limitsUsd(problem, multipliers);
    for (const [index, places] of forest.entries()) {
      const totals = relax(places, pricesOf(this.#relaxation, index, multipliers));
      const { exactScope, wideScope } = problem.trees[index] ?? { exactScope: undefined, wideScope: 'prefixes' };
      lowerUsd += totals.usd;
      if (exactScope !== undefined) usage[exactScope] += totals.exact;
      usage[wideScope] += totals.wide;
      usage.left += totals.left;
      usage.bytes += totals.bytes;
    }
    const upperUsd = keeps(usage, problem.limits) ? costOf(usage, problem.prices, perLeftUsd) : Number.POSITIVE_INFINITY;
    this.best = {
      ...(lowerUsd > this.best.lowerUsd ? { multipliers, lowerUsd } : this.best),
      upperUsd: Math.min(upperUsd, this.best.upperUsd),
    };
    return usage;
  }
}

/** Below what a hundredth of a byte costs anywhere. */
const shortestStride = 1e-14;
const stride = 16;
