import { compareUtf8 } from '../byte-order.ts';
import { SourceError } from '../errors/errors.ts';
import type { Asset } from '../model.ts';

/** How many of the keys in question a message lists. */
const shown = 5;

export interface Keyed {
  /** One for each key, sorted by it in UTF-8 byte order. */
  readonly assets: readonly Asset[];
  /** Keys by logical path, for paths that no asset carries. */
  readonly aliases: ReadonlyMap<string, string>;
}

/**
 * Leaves one asset for each key. Files with equal bytes may share one: Django takes odd names for the same, and a file may already be
 * called what another one's hashed name is. A hashed name wins; the others' paths become aliases. `named` are keys by path that hold
 * in any case. Raises SOURCE_COLLISION where the bytes differ.
 */
export function uniteKeys(all: readonly Asset[], named: ReadonlyMap<string, string>): Keyed {
  const byKey = new Map<string, Asset>();
  const dropped: Asset[] = [];
  const clashes: string[] = [];
  for (const asset of all) {
    const there = byKey.get(asset.key);
    if (there !== undefined && there.sha256 !== asset.sha256)
      clashes.push(`${asset.key} (${there.path}, ${asset.path})`);
    const wins = there === undefined || (there.path === there.key && asset.path !== asset.key);
    if (wins) byKey.set(asset.key, asset);
    if (there !== undefined) dropped.push(wins ? there : asset);
  }
  if (clashes.length > 0) {
    const more = clashes.length > shown ? ` and ${clashes.length - shown} more` : '';
    throw new SourceError(
      'SOURCE_COLLISION',
      `files with other bytes have one key: ${clashes.slice(0, shown).join(', ')}${more}`,
      {
        hint: 'Rename or ignore one of each.',
      },
    );
  }
  const assets = [...byKey.values()].sort((a, b) => compareUtf8(a.key, b.key));
  const carried = new Map<string, string>();
  for (const { path, key } of assets) if (key !== path || !carried.has(path)) carried.set(path, key);
  const aliases = new Map<string, string>();
  for (const { path, key } of dropped) if (!carried.has(path)) aliases.set(path, key);
  for (const [path, key] of named) if (carried.get(path) !== key) aliases.set(path, key);
  return { assets, aliases };
}
