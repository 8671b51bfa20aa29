import { ConfigError } from '../errors/errors.ts';
import { findNearest } from './nearest.ts';
import type { Config, Environment } from './types.ts';

export interface EnvironmentRequest {
  /** Value of --env. */
  readonly flag?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The environment of --env, else of WAYBILL_ENV, else the only one. Throws ConfigError ENVIRONMENT_UNKNOWN. */
export function resolveEnvironment(config: Config, { flag, env }: EnvironmentRequest): Environment {
  const name = flag ?? (env.WAYBILL_ENV || undefined);
  const known = [...config.environments.keys()];
  if (name === undefined) {
    const [only] = config.environments.values();
    if (only !== undefined && known.length === 1) return only;
    throw new ConfigError('ENVIRONMENT_UNKNOWN', `No environment was named; there are: ${known.join(', ')}.`, {
      hint: 'Name one with --env or WAYBILL_ENV.',
    });
  }
  const found = config.environments.get(name);
  if (found !== undefined) return found;
  const source = flag === undefined ? ' (from WAYBILL_ENV)' : '';
  const nearest = findNearest(name, known);
  throw new ConfigError(
    'ENVIRONMENT_UNKNOWN',
    `There is no environment ${JSON.stringify(name)}${source}; there are: ${known.join(', ')}.`,
    { hint: nearest === undefined ? 'Choose one with --env.' : `Did you mean --env ${nearest}?` },
  );
}
