import { findNearest } from './config/nearest.ts';
import { UsageError } from './errors/errors.ts';
import { findKey } from './lookup.ts';
import { publicUrl } from './plan/url.ts';
import type { Session } from './session.ts';
import { showVersion } from './versions.ts';

/** Full public URL of an asset of the live version, by its logical path (its hashed key, if it has one) or by its key. Throws USAGE for an unknown one. */
export async function assetUrl(session: Session, asset: string): Promise<string> {
  const manifest = await showVersion(session);
  const { files, version, externals = {} } = manifest;
  const external = Object.hasOwn(externals, asset) ? externals[asset] : undefined;
  if (external) return external.url;
  const key = findKey(manifest, asset);
  if (key !== undefined) return publicUrl(session.environment.url, key);
  const near = findNearest(asset, [...files.map((one) => one.path), ...Object.keys(externals)]);
  throw new UsageError('USAGE', `Version ${version} of ${session.environment.name} has no asset ${asset}`, {
    hint: near ? `Did you mean ${near}?` : 'See `waybill show` for all of them.',
  });
}
