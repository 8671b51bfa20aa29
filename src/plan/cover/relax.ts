import type { Place } from './places.ts';

/** What one item, unit left stale, or byte costs while limits are prices. */
export interface TreePrices {
  readonly exact: number;
  readonly wide: number;
  readonly left: number;
  readonly byte: number;
}

/** The cheapest cover at some prices: what it costs and uses. */
export interface Relaxed {
  readonly usd: number;
  readonly exact: number;
  readonly wide: number;
}

/**
 * For each place its cheapest cover if nothing above covers it, by the number of wide items that it may use: with at most k. Where wide items
 * are not counted any number may be used, and there is one row alone.
 */
export class Relaxation {
  readonly #places: readonly Place[];
  readonly #counted: number | undefined;
  /** Where the rows of each place start, and where those of the last one end. */
  readonly #starts: Int32Array;
  readonly #usd: Float64Array;
  readonly #exact: Float64Array;
  readonly #wide: Float64Array;

  /** `counted` is the most wide items, where they are counted. */
  constructor(places: readonly Place[], counted: number | undefined) {
    this.#places = places;
    this.#counted = counted;
    this.#starts = new Int32Array(places.length + 1);
    for (const [order, { branches, wideBytes }] of places.entries()) {
      const below = branches.reduce((sum, branch) => sum + this.length(branch.order) - 1, 0);
      const most = Math.min(counted ?? 0, Math.max(below, wideBytes === undefined ? 0 : 1));
      this.#starts[order + 1] = (this.#starts[order] ?? 0) + most + 1;
    }
    const rows = this.#starts[places.length] ?? 0;
    this.#usd = new Float64Array(rows);
    this.#exact = new Float64Array(rows);
    this.#wide = new Float64Array(rows);
  }

  length(order: number): number {
    return (this.#starts[order + 1] ?? 0) - (this.#starts[order] ?? 0);
  }

  usd(order: number, k: number): number {
    return this.#usd[(this.#starts[order] ?? 0) + k] ?? 0;
  }

  /** One pass from the leaves to the root; gives the root's last row. */
  solve(prices: TreePrices): Relaxed {
    for (const place of this.#places) {
      this.#combine(place);
      this.#addUnits(place, prices);
      this.#tryWide(place, prices);
    }
    const last = (this.#starts[this.#places.length] ?? 0) - 1;
    return {
      usd: this.#usd[last] ?? 0,
      exact: this.#exact[last] ?? 0,
      wide: this.#wide[last] ?? 0,
    };
  }

  #combine({ order, branches: [first, second] }: Place): void {
    const start = this.#starts[order] ?? 0;
    const end = this.#starts[order + 1] ?? 0;
    if (first === undefined || second === undefined) {
      // A lone branch has as many rows, or one less where a wide item can stand here.
      const from = first === undefined ? -1 : (this.#starts[first.order] ?? 0);
      const last = first === undefined ? -1 : (this.#starts[first.order + 1] ?? 0) - 1;
      for (let row = start; row < end; row++) this.#set(row, Math.min(from + row - start, last), -1);
      return;
    }
    const a = this.#starts[first.order] ?? 0;
    const b = this.#starts[second.order] ?? 0;
    const aLast = this.length(first.order) - 1;
    const bLast = this.length(second.order) - 1;
    for (let k = 0; k < end - start; k++) {
      let best = Number.POSITIVE_INFINITY;
      let i = 0;
      for (let tried = 0; tried <= k && tried <= aLast; tried++) {
        const usd = (this.#usd[a + tried] ?? 0) + (this.#usd[b + Math.min(k - tried, bLast)] ?? 0);
        if (usd >= best) continue;
        best = usd;
        i = tried;
      }
      this.#set(start + k, a + i, b + Math.min(k - i, bLast));
    }
  }

  /** A row becomes the sum of two others; -1 for none. */
  #set(row: number, a: number, b: number): void {
    this.#usd[row] = (a < 0 ? 0 : (this.#usd[a] ?? 0)) + (b < 0 ? 0 : (this.#usd[b] ?? 0));
    this.#exact[row] = (a < 0 ? 0 : (this.#exact[a] ?? 0)) + (b < 0 ? 0 : (this.#exact[b] ?? 0));
    this.#wide[row] = (a < 0 ? 0 : (this.#wide[a] ?? 0)) + (b < 0 ? 0 : (this.#wide[b] ?? 0));
  }

  #addUnits(place: Place, prices: TreePrices): void {
    const { order, units, bare } = place;
    if (units.length + bare.length === 0) return;
    const usd = ownUsd(place, prices);
    const isLeft = prices.left < prices.exact;
    const end = this.#starts[order + 1] ?? 0;
    for (let row = this.#starts[order] ?? 0; row < end; row++) {
      this.#usd[row] = (this.#usd[row] ?? 0) + usd;
      this.#exact[row] = (this.#exact[row] ?? 0) + (isLeft ? 0 : units.length);
    }
  }

  #tryWide({ order, wideBytes }: Place, prices: TreePrices): void {
    if (wideBytes === undefined) return;
    const usd = prices.wide + wideBytes * prices.byte;
    const end = this.#starts[order + 1] ?? 0;
    // Where they are counted, the first row uses none.
    for (let row = (this.#starts[order] ?? 0) + (this.#counted === undefined ? 0 : 1); row < end; row++) {
      if (usd >= (this.#usd[row] ?? 0)) continue;
      this.#usd[row] = usd;
      this.#exact[row] = 0;
      this.#wide[row] = 1;
    }
  }

  /**
   * What must be paid outside of each place at least if nothing above covers it, if k wide items are used inside. Tells of the prices last solved
   * for.
   */
  outside(prices: TreePrices): (order: number, wide: number) => number {
    const outside = new Float64Array(this.#usd.length).fill(Number.POSITIVE_INFINITY);
    const last = this.#places.length - 1;
    outside.fill(0, this.#starts[last] ?? 0);
    for (let index = last - 1; index >= 0; index--) {
      const place = this.#places[index];
      const parent = place?.parent;
      if (place === undefined || parent === undefined) continue;
      const own = ownUsd(parent, prices);
      const sibling = parent.branches.find((branch) => branch !== place);
      const beside = sibling === undefined ? 1 : this.length(sibling.order);
      const start = this.#starts[index] ?? 0;
      const above = this.#starts[parent.order] ?? 0;
      const aboveLength = this.length(parent.order);
      for (let k = 0; k < this.length(index); k++) {
        for (let i = 0; i < beside && k + i < aboveLength; i++) {
          const besideUsd = sibling === undefined ? 0 : this.usd(sibling.order, i);
          const usd = own + besideUsd + (outside[above + k + i] ?? 0);
          if (usd < (outside[start + k] ?? 0)) outside[start + k] = usd;
        }
      }
    }
    const isCounted = this.#counted !== undefined;
    return (order, wide) => {
      const row = (this.#starts[order] ?? 0) + (isCounted ? wide : 0);
      return row < (this.#starts[order + 1] ?? 0) ? (outside[row] ?? 0) : Number.POSITIVE_INFINITY;
    };
  }
}

/** What an open place adds to what is below: its units get the cheaper of an exact item and none, or must be left. */
function ownUsd({ units, bare }: Place, { exact, left }: TreePrices): number {
  return units.length * Math.min(exact, left) + bare.length * left;
}
