import { ConfigError } from '../errors/errors.ts';
import type { Catalogs } from '../provider/catalogs.ts';
import type { EdgeProvider, OriginProvider } from '../provider/contract.ts';
import { isCredential } from './credentials.ts';
import { type Mistake, MistakesError, parsePath, renderPath } from './mistakes.ts';
import { renderNearest } from './nearest.ts';
import { findPrefixMistake } from './prefix.ts';
import { isRecord } from './record.ts';
import type { EdgeChoice, OriginChoice } from './types.ts';

export type Path = readonly (string | number)[];

/** Collects mistakes while it turns `use` and its options into choices. */
export interface Chooser {
  readonly catalogs: Catalogs;
  /** Folder of the configuration file. */
  readonly directory: string;
  readonly mistakes: Mistake[];
}

interface Chosen<P> {
  readonly provider: P;
  readonly options: unknown;
}

/** Undefined when there were mistakes, which are then in `chooser.mistakes`. */
export async function chooseOrigin(chooser: Chooser, raw: unknown, path: Path): Promise<OriginChoice | undefined> {
  const chosen = await choose<OriginProvider>(chooser, { kind: 'origin', raw, path });
  if (chosen === undefined) return undefined;
  const location = chosen.provider.locate(chosen.options, chooser.directory);
  const mistake = findPrefixMistake(location.prefix);
  if (mistake !== undefined) {
    chooser.mistakes.push({ path: [...path, 'prefix'], text: mistake, code: 'CONFIG_INVALID' });
    return undefined;
  }
  return { ...chosen, location };
}

/** Undefined when there were mistakes, which are then in `chooser.mistakes`. */
export function chooseEdge(chooser: Chooser, raw: unknown, path: Path): Promise<EdgeChoice | undefined> {
  return choose<EdgeProvider>(chooser, { kind: 'edge', raw, path });
}

interface Wanted {
  readonly kind: 'origin' | 'edge';
  readonly raw: unknown;
  readonly path: Path;
}

async function choose<P extends OriginProvider | EdgeProvider>(
  chooser: Chooser,
  wanted: Wanted,
): Promise<Chosen<P> | undefined> {
  // Anything but an object is a mistake that the schema has already named.
  if (!isRecord(wanted.raw)) return undefined;
  const { use, ...options } = wanted.raw;
  const provider = await findProvider(chooser, wanted, use);
  if (provider === undefined) return undefined;
  const secrets = findCredentials(options, wanted.path);
  chooser.mistakes.push(...secrets);
  if (secrets.length > 0) return undefined;
  try {
    return { provider: provider as P, options: provider.parse(options, renderPath(wanted.path)) };
  } catch (error) {
    chooser.mistakes.push(...toMistakes(error, wanted.path, use === provider));
    return undefined;
  }
}

async function findProvider({ catalogs, mistakes }: Chooser, { kind, path }: Wanted, use: unknown) {
  const own = kind === 'origin' ? catalogs.origins : catalogs.edges;
  const other = kind === 'origin' ? catalogs.edges : catalogs.origins;
  const known = `known ${kind}s: ${Object.keys(own).sort().join(', ')}`;
  if (typeof use === 'string') {
    if (Object.hasOwn(own, use)) return own[use]?.();
    const isOther = Object.hasOwn(other, use);
    const why = isOther
      ? `\`${use}\` is an ${kind === 'origin' ? 'edge' : 'origin'}, not an ${kind}`
      : `there is no ${kind} \`${use}\`${renderNearest(use, Object.keys(own))}`;
    mistakes.push({ path: [...path, 'use'], text: `${why}; ${known}`, code: 'PROVIDER_UNKNOWN' });
    return undefined;
  }
  if (isProvider(use) && use.kind === kind) return use;
  const found = isProvider(use) ? `an ${use.kind}` : use === undefined ? 'nothing' : 'something else';
  const text = `expected the id of an ${kind}, or one made by defineProvider, found ${found}; ${known}`;
  mistakes.push({ path: [...path, 'use'], text, code: 'CONFIG_INVALID' });
  return undefined;
}

function isProvider(value: unknown): value is OriginProvider | EdgeProvider {
  if (typeof value !== 'object' || value === null) return false;
  const { id, parse, open, ...rest } = value as Partial<OriginProvider | EdgeProvider>;
  if (typeof id !== 'string' || typeof parse !== 'function' || typeof open !== 'function') return false;
  return rest.kind === 'edge' || (rest.kind === 'origin' && typeof rest.locate === 'function');
}

/** Secrets among options, at any depth. Their values are never shown. */
function findCredentials(options: Readonly<Record<string, unknown>>, path: Path): Mistake[] {
  return Object.entries(options).flatMap(([key, value]): Mistake[] => {
    const here = [...path, key];
    if (isCredential(key)) return [{ path: here, text: credentialText, code: 'CONFIG_INVALID' }];
    return isRecord(value) ? findCredentials(value, here) : [];
  });
}

const credentialText =
  'secrets do not belong in a configuration; remove it and give it through the vendor’s own credential chain (environment variables, profile, role)';

/** Whatever a provider of the user's own throws is the user's mistake; in ours only a ConfigError is, the rest are bugs. */
function toMistakes(error: unknown, path: Path, isOwn: boolean): readonly Mistake[] {
  if (error instanceof MistakesError) return error.mistakes;
  if (error instanceof ConfigError) {
    return [{ path: error.path === undefined ? path : parsePath(error.path), text: error.message, code: error.code }];
  }
  if (!isOwn) throw error;
  return [{ path, text: error instanceof Error ? error.message : String(error), code: 'CONFIG_INVALID' }];
}
