import type { InventoryEntry } from './manifest/inventory.ts';
import type { Manifest, ManifestFile } from './model.ts';
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
  const classes = new Map(known.flatMap((one) => one?.files ?? []).map((file) => [file.key, file.class]));
  let count = 0;
  for (const [key, { headers }] of inventory) {
    if (named.has(key) || !isAssetKey(key)) continue;
    const isImmutable = /\bimmutable\b/.test(headers['cache-control'] ?? '');
    if ((classes.get(key) ?? (isImmutable ? 'immutable' : 'mutable')) !== 'immutable') count++;
  }
  return count;
}
