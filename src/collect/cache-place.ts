import { createHash } from 'node:crypto';
import { isAbsolute, join, relative, resolve } from 'node:path';
import type { Config } from '../config/types.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Digests of files, what whole collections came to, and what projects' Pythons answered. */
export type CacheKind = 'digests' | 'collections' | 'answers';

/**
 * The file that holds what was learned of a configuration's sources, absolute. Undefined where the variables name no folder of the
 * user's, and where that folder lies in a source: it would be deployed.
 */
export function locateCache(
  { file, directory, sources }: Pick<Config, 'file' | 'directory' | 'sources'>,
  env: Env,
  platform: string,
  kind: CacheKind,
): string | undefined {
  const folder = cacheFolder(env, platform);
  if (folder === undefined) return undefined;
  const absolute = resolve(directory, folder);
  const isSource = sources.some((source) => source.kind === 'directory' && isWithin(source.path, absolute));
  if (isSource) return undefined;
  // Two configurations of one folder, or of two checkouts, share nothing.
  return join(absolute, `${createHash('sha256').update(file).digest('hex').slice(0, 32)}.${kind}`);
}

function cacheFolder(env: Env, platform: string): string | undefined {
  if (env.WAYBILL_CACHE_DIR) return env.WAYBILL_CACHE_DIR;
  // A relative one is to be ignored: https://specifications.freedesktop.org/basedir-spec/latest/#variables
  if (env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME)) return join(env.XDG_CACHE_HOME, 'waybill');
  if (platform === 'win32') return env.LOCALAPPDATA ? join(env.LOCALAPPDATA, 'waybill', 'cache') : undefined;
  if (!env.HOME) return undefined;
  return platform === 'darwin' ? join(env.HOME, 'Library', 'Caches', 'waybill') : join(env.HOME, '.cache', 'waybill');
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return !isAbsolute(way) && way.split(/[\\/]/, 1)[0] !== '..';
}
