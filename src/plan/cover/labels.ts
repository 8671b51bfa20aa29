import type { Place, TreePrices } from './relax.ts';

/** One way to cover the units below a place: what it uses, and which nodes it picked. */
export interface Label {
  readonly exact: number;
  readonly wide: number;
  readonly left: number;
  readonly bytes: number;
  /** How much dearer than the cheapest way at these prices. */
  readonly slackUsd: number;
  readonly picks: Picks | undefined;
}

/** Nodes that got a wide item or were left stale; whatever else is a unit and not below one has an exact item. */
type Picks =
  | { readonly index: number; readonly isLeft: boolean }
  | { readonly first: Picks; readonly second: Picks };

export interface LabelLimits {
  readonly exact: number;
  readonly wide: number;
  readonly items: number;
}

/**
 * Every cover that is no more than `slackUsd` dearer than the cheapest one at `prices` and that no other one beats in each count; dynamic
 * programming from the leaves, where what cannot become part of such a cover is dropped at once. Needs what `relax` left at the places.
 */
export function findLabels(
  places: readonly Place[],
  prices: TreePrices,
  slackUsd: number,
  limits: LabelLimits,
): readonly Label[] {
  const regrets = findRegrets(places);
  const sums = new Map<Place, readonly Label[]>();
  let found: readonly Label[] = [];
  for (const place of places) {
    const roomUsd = slackUsd - (regrets[place.index] ?? 0);
    const below = sums.get(place);
    sums.delete(place);
    if (roomUsd < 0) continue;
    const options = [...openLabels(place, below ?? [empty], prices), ...wideLabels(place, prices)];
    const labels = prune(options.filter((label) => label.slackUsd <= roomUsd && fits(label, limits)), prices);
    if (place.parent === undefined) found = labels;
    else {
      const before = sums.get(place.parent);
      sums.set(place.parent, before === undefined ? labels : join(before, labels, { roomUsd, limits, prices }));
    }
  }
  return found;
}

const empty: Label = { exact: 0, wide: 0, left: 0, bytes: 0, slackUsd: 0, picks: undefined };

/** How much dearer the best cover becomes if no wide item stands above a place. */
function findRegrets(places: readonly Place[]): Float64Array {
  const regrets = new Float64Array(places.length);
  for (let i = places.length - 1; i >= 0; i--) {
    const parent = places[i]?.parent;
    if (parent !== undefined) regrets[i] = (regrets[parent.index] ?? 0) + parent.openUsd - parent.usd;
  }
  return regrets;
}

function openLabels(place: Place, below: readonly Label[], prices: TreePrices): Label[] {
  const extraUsd = place.openUsd - place.usd;
  if (!place.isUnit) {
    return extraUsd === 0 ? [...below] : below.map((label) => ({ ...label, slackUsd: label.slackUsd + extraUsd }));
  }
  const { index } = place;
  const unitUsd = Math.min(prices.exact, prices.left);
  return below.flatMap((label) => {
    const slackUsd = label.slackUsd + extraUsd;
    const picks = unite(label.picks, { index, isLeft: true });
    return [
      { ...label, exact: label.exact + 1, slackUsd: slackUsd + prices.exact - unitUsd },
      { ...label, left: label.left + 1, slackUsd: slackUsd + prices.left - unitUsd, picks },
    ];
  });
}

function wideLabels({ index, usd, wideBytes }: Place, prices: TreePrices): Label[] {
  if (wideBytes === undefined) return [];
  const slackUsd = prices.wide + wideBytes * prices.byte - usd;
  return [{ exact: 0, wide: 1, left: 0, bytes: wideBytes, slackUsd, picks: { index, isLeft: false } }];
}

function join(
  some: readonly Label[],
  others: readonly Label[],
  { roomUsd, limits, prices }: { roomUsd: number; limits: LabelLimits; prices: TreePrices },
): readonly Label[] {
  const joined: Label[] = [];
  for (const a of some) {
    for (const b of others) {
      const slackUsd = a.slackUsd + b.slackUsd;
      const label = {
        exact: a.exact + b.exact,
        wide: a.wide + b.wide,
        left: a.left + b.left,
        bytes: a.bytes + b.bytes,
        slackUsd,
        picks: unite(a.picks, b.picks),
      };
      if (slackUsd <= roomUsd && fits(label, limits)) joined.push(label);
    }
  }
  return prune(joined, prices);
}

function unite(first: Picks | undefined, second: Picks | undefined): Picks | undefined {
  return first === undefined ? second : second === undefined ? first : { first, second };
}

function fits({ exact, wide }: Label, limits: LabelLimits): boolean {
  return exact <= limits.exact && wide <= limits.wide && exact + wide <= limits.items;
}

/** Drops each label that another one beats or equals in wide items, exact items and what else it costs. */
function prune(labels: Label[], prices: TreePrices): Label[] {
  if (labels.length < 2) return labels;
  const cost = (label: Label): number => label.left * prices.left + label.bytes * prices.byte;
  labels.sort((a, b) => a.wide - b.wide || a.exact - b.exact || cost(a) - cost(b) || a.bytes - b.bytes);
  // Of those with fewer wide items: what the rest costs at least, by exact items; both fall together.
  const stairs: { exact: number; usd: number }[] = [];
  return labels.filter((label) => {
    const usd = cost(label);
    let at = lowerBound(stairs, label.exact + 1);
    const step = stairs[at - 1];
    if (step !== undefined && step.usd <= usd) return false;
    if (step?.exact === label.exact) at--;
    let end = at;
    for (let next = stairs[end]; next !== undefined && next.usd >= usd; next = stairs[end]) end++;
    stairs.splice(at, end - at, { exact: label.exact, usd });
    return true;
  });
}

/** Index of the first step with at least `exact`. */
function lowerBound(stairs: readonly { exact: number }[], exact: number): number {
  let low = 0;
  let high = stairs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((stairs[middle]?.exact ?? 0) < exact) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The nodes of `picks`, in no order. Iterates, since sites with many files make deep trees. */
export function* listPicks(picks: Picks | undefined): Iterable<{ index: number; isLeft: boolean }> {
  const stack = picks === undefined ? [] : [picks];
  for (let one = stack.pop(); one !== undefined; one = stack.pop()) {
    if ('index' in one) yield one;
    else stack.push(one.second, one.first);
  }
}
