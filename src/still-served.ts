import type { InventoryEntry } from './manifest/inventory.ts';
import type { AssetClass, Manifest, ManifestFile } from './model.ts';
import { isAssetKey } from './observe.ts';

/**
 * How many stable files of other versions are still at the origin, although `files`, the live version's, does not name them. By our records
 * alone: where no manifest at hand tells the class of a key, its cache rule does.
 */
export function countStillServed(
  inventory: ReadonlyMap<string, InventoryEntry>,
  files: readonly ManifestFile[],
  known: readonly (Manifest | undefined)[],
): number {
  const named = new Set(files.map(({ key }) => key));
  // As large as all of them together, and mostly not asked.
  let classes: ReadonlyMap<string, AssetClass> | undefined;
  let count = 0;
  for (const [key, { headers }] of inventory) {
    if (named.has(key) || !isAssetKey(key)) continue;
    classes ??= new Map(known.flatMap((one) => one?.files ?? []).map((file) => [file.key, file.class]));
    const isImmutable = /\bimmutable\b/.test(headers['cache-control'] ?? '');
    if ((classes.get(key) ?? (isImmutable ? 'immutable' : 'mutable')) !== 'immutable') count++;
  }
  return count;
}
