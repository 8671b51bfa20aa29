import type { Place } from './places.ts';
import type { TreePrices } from './relax.ts';

/** One way to cover the units below a place: what it uses, and which nodes it picked. */
export interface Label {
  readonly exact: number;
  readonly wide: number;
  readonly left: number;
  readonly bytes: number;
  readonly picks: Picks | undefined;
}

/** Places that got a wide item, or where so many units are left stale; all other units have exact items. */
type Pick = { readonly place: Place; readonly left: number | undefined };
type Picks = Pick | { readonly first: Picks; readonly second: Picks };

/** Which counts some limit makes matter; ways that differ in no other are compared by cost alone. */
export interface Counts {
  readonly wide: boolean;
  /** Exact and wide ones together. */
  readonly items: boolean;
}

export interface LabelSearch {
  readonly prices: TreePrices;
  readonly counts: Counts;
  readonly limits: { readonly wide: number; readonly items: number };
  /** What a whole cover may cost at `prices`. */
  readonly mostUsd: number;
  /** How many more pairs of ways may be looked at; counted down. */
  readonly effort: { left: number };
  /** What is paid outside of a place at least, where a way inside uses so many wide items. */
  readonly outsideUsd: (order: number, wide: number) => number;
}

const empty: Label = { exact: 0, wide: 0, left: 0, bytes: 0, picks: undefined };
const nothing: readonly Label[] = [empty];

/**
 * Every cover that costs no more than `mostUsd` and that no other one beats in each count; dynamic programming from the leaves, where
 * what cannot become part of such a cover is dropped at once. `undefined` when the effort is spent.
 */
export function findLabels(places: readonly Place[], search: LabelSearch): readonly Label[] | undefined {
  const found: (readonly Label[])[] = new Array(places.length);
  let last: readonly Label[] = [];
  for (const place of places) {
    const [one, other] = place.branches;
    const first = one === undefined ? nothing : (found[one.order] ?? []);
    const second = other === undefined ? nothing : (found[other.order] ?? []);
    search.effort.left -= first.length * second.length;
    if (search.effort.left < 0) return undefined;
    const labels: Label[] = [];
    for (const label of wideLabels(place))
      if (keeps(label, search) && isCheap(place, label, search)) labels.push(label);
    for (const a of first) for (const b of second) pushOpen(labels, place, join(a, b), search);
    last = prune(labels, search);
    found[place.order] = last;
  }
  return last;
}

/** What a way costs at these prices. */
export function reducedUsd({ exact, wide, left, bytes }: Label, prices: TreePrices): number {
  return exact * prices.exact + wide * prices.wide + left * prices.left + bytes * prices.byte;
}

function keeps({ exact, wide }: Label, { limits }: LabelSearch): boolean {
  return wide <= limits.wide && exact + wide <= limits.items;
}

function isCheap(place: Place, label: Label, { prices, mostUsd, outsideUsd }: LabelSearch): boolean {
  return reducedUsd(label, prices) + outsideUsd(place.order, label.wide) <= mostUsd;
}

function wideLabels(place: Place): Label[] {
  const { wideBytes } = place;
  if (wideBytes === undefined) return [];
  return [{ exact: 0, wide: 1, left: 0, bytes: wideBytes, picks: { place, left: undefined } }];
}

/** The ways without a wide item here: none, some or all of the units are left. */
function pushOpen(labels: Label[], place: Place, below: Label, search: LabelSearch): void {
  const { units, bare } = place;
  for (let left = 0; left <= units.length; left++) {
    const all = left + bare.length;
    const label: Label = {
      exact: below.exact + units.length - left,
      wide: below.wide,
      left: below.left + all,
      bytes: below.bytes,
      picks: all === 0 ? below.picks : unite(below.picks, { place, left: all }),
    };
    if (!keeps(label, search)) continue;
    if (isCheap(place, label, search)) labels.push(label);
    // The more are left, the dearer it becomes, unless limits have made items dearer still.
    else if (search.prices.exact < search.prices.left) return;
  }
}

function join(a: Label, b: Label): Label {
  if (b === empty) return a;
  return {
    exact: a.exact + b.exact,
    wide: a.wide + b.wide,
    left: a.left + b.left,
    bytes: a.bytes + b.bytes,
    picks: unite(a.picks, b.picks),
  };
}

function unite(first: Picks | undefined, second: Picks | undefined): Picks | undefined {
  return first === undefined ? second : second === undefined ? first : { first, second };
}

/** Drops each label that another one beats or equals in the counts that matter and in what is paid beside them. */
function prune(labels: Label[], { counts, prices }: LabelSearch): readonly Label[] {
  if (labels.length < 2) return labels;
  const rows = labels.map((label) => {
    const { exact, wide, left, bytes } = label;
    // What counts is not paid for as well.
    const beside = left * prices.left + bytes * prices.byte;
    const usd = counts.items ? beside : counts.wide ? beside + exact * prices.exact : reducedUsd(label, prices);
    return { label, a: counts.wide ? wide : 0, b: counts.items ? exact + wide : 0, usd };
  });
  rows.sort((x, y) => x.a - y.a || x.b - y.b || x.usd - y.usd || tie(x.label, y.label));
  // What those before cost at least, by the second count; the dearer, the fewer.
  const stairs: { b: number; usd: number }[] = [];
  const kept: Label[] = [];
  for (const { label, b, usd } of rows) {
    const at = lowerBound(stairs, b + 1);
    const step = stairs[at - 1];
    if (step !== undefined && step.usd <= usd) continue;
    const start = step?.b === b ? at - 1 : at;
    let end = start;
    for (let next = stairs[end]; next !== undefined && next.usd >= usd; next = stairs[end]) end++;
    stairs.splice(start, end - start, { b, usd });
    kept.push(label);
  }
  return kept;
}

function tie(x: Label, y: Label): number {
  return x.wide - y.wide || x.exact - y.exact || x.bytes - y.bytes;
}

/** Index of the first step with at least `b`. */
function lowerBound(stairs: readonly { b: number }[], b: number): number {
  let low = 0;
  let high = stairs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((stairs[middle]?.b ?? 0) < b) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** In no order. Iterates, since sites with many files make deep trees. */
export function* listPicks(picks: Picks | undefined): Iterable<Pick> {
  const stack = picks === undefined ? [] : [picks];
  for (let one = stack.pop(); one !== undefined; one = stack.pop()) {
    if ('place' in one) yield one;
    else stack.push(one.second, one.first);
  }
}
