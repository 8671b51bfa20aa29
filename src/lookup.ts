import { compareUtf8 } from './byte-order.ts';
import type { Lookup, Manifest, ManifestFile } from './model.ts';

type Listing = Pick<Manifest, 'files' | keyof Lookup>;

/** The key that each logical path stands for. Where a file has a hashed key beside its own name, the hashed one counts. */
export function mapPaths({ files, aliases = {} }: Pick<Listing, 'files' | 'aliases'>): Map<string, string> {
  const keys = new Map<string, string>();
  for (const { path, key } of files) {
    if (key !== path || !keys.has(path)) keys.set(path, key);
  }
  for (const [path, key] of Object.entries(aliases)) keys.set(path, key);
  return keys;
}

/** Only what a manifest says beyond its files. */
export function pickLookup({ aliases, externals, djangoVersion }: Lookup): Lookup {
  return {
    ...(aliases === undefined ? {} : { aliases }),
    ...(externals === undefined ? {} : { externals }),
    ...(djangoVersion === undefined ? {} : { djangoVersion }),
  };
}

/** Leaves out what is empty; names are sorted, so that equal lookups have equal bytes. */
export function makeLookup(parts: {
  readonly aliases: ReadonlyMap<string, string>;
  readonly externals: ReadonlyMap<string, NonNullable<Lookup['externals']>[string]>;
  readonly djangoVersion: string | undefined;
}): Lookup {
  const { aliases, externals, djangoVersion } = parts;
  return {
    ...(aliases.size === 0 ? {} : { aliases: toRecord(aliases) }),
    ...(externals.size === 0 ? {} : { externals: toRecord(externals) }),
    ...(djangoVersion === undefined ? {} : { djangoVersion }),
  };
}

function toRecord<T>(map: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries([...map].sort(([a], [b]) => compareUtf8(a, b)));
}

/** Files by key; a path or key of the version, as `waybill url` takes it. */
export function findKey(manifest: Listing, asset: string): string | undefined {
  return mapPaths(manifest).get(asset) ?? manifest.files.find((file: ManifestFile) => file.key === asset)?.key;
}
