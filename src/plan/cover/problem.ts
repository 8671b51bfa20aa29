/** What one item may name here; `everything` is never chosen. */
export type CoverScope = 'paths' | 'prefixes' | 'tags';

/** A place in the tree of what is stale. */
export interface CoverNode {
  /** Index in `CoverTree.nodes`; -1 at the root. */
  readonly parent: number;
  /** Whether something stale stands at this very place: a unit, which an exact item of its own can cover. */
  readonly isUnit: boolean;
  /** Bytes of unchanged objects that one wide item evicts, which covers every unit here and below; `undefined` where there is no such item. */
  readonly wideBytes: number | undefined;
}

export interface CoverTree {
  /** In postorder: children stand before their parent, the root last. */
  readonly nodes: readonly CoverNode[];
  /** `undefined`: a unit has no exact item, so a wide one must cover it. */
  readonly exactScope: CoverScope | undefined;
  readonly wideScope: CoverScope;
}

/** Most items in one run, by scope and in all. */
export interface CoverLimits {
  readonly paths: number;
  readonly prefixes: number;
  readonly tags: number;
  readonly items: number;
}

export interface CoverPrices {
  /** Of one item beyond the free ones, in US dollars. */
  readonly itemUsd: number;
  readonly freeItems: number;
  /** Of one byte that the edge must fetch anew, in US dollars. */
  readonly byteUsd: number;
}

export interface CoverProblem {
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
      if (node.isUnit) usd += prices.itemUsd;
      if (!isUnder) usd += (node.wideBytes ?? 0) * prices.byteUsd;
      isBelow[index] = isUnder || node.wideBytes !== undefined;
    }
  }
  return usd;
}

/** The cost of a choice in US dollars: items beyond the free ones, bytes fetched anew, and units left stale. */
export function costOf(usage: Usage, prices: CoverPrices, perLeftUsd: number): number {
  const paid = Math.max(0, itemsOf(usage) - prices.freeItems);
  return perLeftUsd * usage.left + prices.itemUsd * paid + prices.byteUsd * usage.bytes;
}

export function keeps(usage: Usage, limits: CoverLimits): boolean {
  return (
    usage.paths <= limits.paths &&
    usage.prefixes <= limits.prefixes &&
    usage.tags <= limits.tags &&
    itemsOf(usage) <= limits.items
  );
}
