/** What one item may name here; `everything` is never chosen. */
export type CoverScope = 'paths' | 'prefixes' | 'tags';

/** A place in the tree of what is stale. */
export interface CoverNode {
  /** Index in `CoverTree.nodes`; -1 at the root. */
  readonly parent: number;
  /** Something stale stands at this very place. `exact`: an item of its own can cover it; `wide`: only an item that covers more can. */
  readonly unit: 'exact' | 'wide' | undefined;
  /** Bytes of unchanged objects that one wide item evicts, which covers every unit here and below; `undefined` where there is no such item. */
  readonly wideBytes: number | undefined;
}

export interface CoverTree {
  /** In postorder: children stand before their parent, the root last. */
  readonly nodes: readonly CoverNode[];
  readonly exactScope: CoverScope;
  readonly wideScope: CoverScope;
}

/** Most items in one run. */
export interface CoverLimits {
  /** Paths and prefixes together. */
  readonly urls: number;
  readonly prefixes: number;
  readonly tags: number;
  /** Of all scopes. */
  readonly items: number;
}

export const limitNames = ['urls', 'prefixes', 'tags', 'items'] as const;

export interface CoverPrices {
  /** Of one item, in US dollars. */
  readonly itemUsd: number;
  /** Of one byte that the edge must fetch anew, in US dollars. */
  readonly byteUsd: number;
}

export interface CoverProblem {
  /** At most one of each scope's. */
  readonly trees: readonly CoverTree[];
  readonly limits: CoverLimits;
  readonly prices: CoverPrices;
}

/** Indices in `CoverTree.nodes`, ascending. */
export interface TreeCover {
  readonly exact: readonly number[];
  readonly wide: readonly number[];
  /** Units that the limits leave stale. */
  readonly left: readonly number[];
}

/** What a choice uses up. */
export interface Usage {
  readonly paths: number;
  readonly prefixes: number;
  readonly tags: number;
  readonly left: number;
  readonly bytes: number;
}

export function itemsOf(usage: Pick<Usage, CoverScope>): number {
  return usage.paths + usage.prefixes + usage.tags;
}

/** A unit that is left stale counts as dearer than all that covering everything could cost, so that none is left if the limits allow it. */
export function leftUsd({ trees, prices }: CoverProblem): number {
  let usd = 1;
  for (const { nodes } of trees) {
    // What is chosen below a wide item evicts no more than that one, so the topmost ones bound any choice.
    const isBelow: boolean[] = new Array(nodes.length);
    for (let index = nodes.length - 1; index >= 0; index--) {
      const node = nodes[index];
      if (node === undefined) continue;
      const isUnder = isBelow[node.parent] ?? false;
      if (node.unit !== undefined) usd += prices.itemUsd;
      if (!isUnder) usd += (node.wideBytes ?? 0) * prices.byteUsd;
      isBelow[index] = isUnder || node.wideBytes !== undefined;
    }
  }
  return usd;
}

/** The cost of a choice in US dollars: items, bytes fetched anew, and units left stale. */
export function costOf(usage: Usage, prices: CoverPrices, perLeftUsd: number): number {
  return perLeftUsd * usage.left + prices.itemUsd * itemsOf(usage) + prices.byteUsd * usage.bytes;
}

/** What counts towards each limit. */
export function countsOf(usage: Usage): CoverLimits {
  return { urls: usage.paths + usage.prefixes, prefixes: usage.prefixes, tags: usage.tags, items: itemsOf(usage) };
}

export function keeps(usage: Usage, limits: CoverLimits): boolean {
  const counts = countsOf(usage);
  return limitNames.every((name) => counts[name] <= limits[name]);
}
