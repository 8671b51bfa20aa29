import type { CoverTree } from './problem.ts';

/** A node with room for what the passes over the tree compute; children come before their parent. */
export interface Place {
  readonly index: number;
  readonly parent: Place | undefined;
  readonly isUnit: boolean;
  readonly wideBytes: number | undefined;
  /** Least cost here and below if nothing above covers it. */
  usd: number;
  /** The same, if no wide item stands here. */
  openUsd: number;
  /** Of the children that have been passed. */
  sum: Totals;
}

/** What one item, unit or byte costs while limits are prices; `exact` is infinite where there are no exact items. */
export interface TreePrices {
  readonly exact: number;
  readonly wide: number;
  readonly left: number;
  readonly byte: number;
}

export interface Totals {
  usd: number;
  exact: number;
  wide: number;
  left: number;
  bytes: number;
}

export function makePlaces({ nodes }: CoverTree): Place[] {
  const places: Place[] = new Array(nodes.length);
  for (let index = nodes.length - 1; index >= 0; index--) {
    const node = nodes[index];
    if (node === undefined) continue;
    const { isUnit, wideBytes } = node;
    const sum = { usd: 0, exact: 0, wide: 0, left: 0, bytes: 0 };
    places[index] = { index, parent: places[node.parent], isUnit, wideBytes, usd: 0, openUsd: 0, sum };
  }
  return places;
}

/**
 * The cheapest cover without limits: each node takes the cheaper of one wide item and what its children need. One pass from the leaves to
 * the root; leaves `usd` and `openUsd` behind at every place.
 */
export function relax(places: readonly Place[], prices: TreePrices): Totals {
  const isLeft = prices.left < prices.exact;
  const unitUsd = isLeft ? prices.left : prices.exact;
  let totals: Totals = { usd: 0, exact: 0, wide: 0, left: 0, bytes: 0 };
  for (const place of places) {
    const { sum, parent, wideBytes } = place;
    if (place.isUnit) {
      sum.usd += unitUsd;
      if (isLeft) sum.left++;
      else sum.exact++;
    }
    place.openUsd = sum.usd;
    const wideUsd = wideBytes === undefined ? Number.POSITIVE_INFINITY : prices.wide + wideBytes * prices.byte;
    const isWide = wideUsd < sum.usd;
    place.usd = isWide ? wideUsd : sum.usd;
    if (parent === undefined) totals = isWide ? { ...none, usd: wideUsd, wide: 1, bytes: wideBytes ?? 0 } : { ...sum };
    else if (isWide) {
      parent.sum.usd += wideUsd;
      parent.sum.wide++;
      parent.sum.bytes += wideBytes ?? 0;
    } else add(parent.sum, sum);
    clear(sum);
  }
  return totals;
}

const none: Readonly<Totals> = { usd: 0, exact: 0, wide: 0, left: 0, bytes: 0 };

function add(to: Totals, from: Totals): void {
  to.usd += from.usd;
  to.exact += from.exact;
  to.wide += from.wide;
  to.left += from.left;
  to.bytes += from.bytes;
}

function clear(totals: Totals): void {
  totals.usd = 0;
  totals.exact = 0;
  totals.wide = 0;
  totals.left = 0;
  totals.bytes = 0;
}
