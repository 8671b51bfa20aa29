import { findNearest } from './config/nearest.ts';
import { UsageError } from './errors/errors.ts';
import { publicUrl } from './plan/url.ts';
import type { Session } from './session.ts';
import { showVersion } from './versions.ts';

/** Full public URL of an asset of the live version, by its logical path or its key. Throws USAGE for an unknown one. */
export async function assetUrl(session: Session, asset: string): Promise<string> {
  const { files, version } = await showVersion(session);
  const file = files.find((one) => one.path === asset) ?? files.find((one) => one.key === asset);
  if (file) return publicUrl(session.environment.url, file.key);
  const near = findNearest(
    asset,
    files.map((one) => one.path),
  );
  throw new UsageError('USAGE', `Version ${version} of ${session.environment.name} has no asset ${asset}`, {
    hint: near ? `Did you mean ${near}?` : 'See `waybill show` for all of them.',
  });
}
