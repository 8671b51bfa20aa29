/** The items of an invalidation by scope, in the order given and each once. */
export interface SortedItems {
  /** URL paths, percent-encoded. */
  readonly paths: readonly string[];
  /** URL paths without their last `*`; whether what is left must end at a segment is the edge's `prefixEnd`. */
  readonly prefixes: readonly string[];
  /** Without their `#`. */
  readonly tags: readonly string[];
  readonly everything: boolean;
}

/** Sorts what `InvalidationRequest.items` holds. */
export function sortItems(items: readonly string[]): SortedItems {
  const unique = [...new Set(items)];
  const named = unique.filter((item) => item !== '*');
  const tags = named.filter((item) => item.startsWith('#'));
  const urls = named.filter((item) => !item.startsWith('#'));
  return {
    paths: urls.filter((item) => !item.endsWith('*')),
    prefixes: urls.filter((item) => item.endsWith('*')).map((item) => item.slice(0, -1)),
    tags: tags.map((item) => item.slice(1)),
    everything: named.length < unique.length,
  };
}
