import { basename, dirname } from 'node:path';
import type { Catalogs } from '../provider/catalogs.ts';
import { chooseProviders } from './choices.ts';
import type { Chooser } from './choose.ts';
import { findConfig } from './find.ts';
import { loadRaw } from './formats.ts';
import { issuesToMistakes } from './issues.ts';
import { guardLocations } from './locations.ts';
import { type MistakesContext, mistakesError } from './mistakes.ts';
import { resolveConfig } from './resolve.ts';
import { configSchema } from './schema.ts';
import type { Config } from './types.ts';

export interface LoadConfigOptions {
  /** Value of --config; found from `cwd` upwards when absent. */
  readonly file?: string | undefined;
  readonly cwd: string;
  readonly catalogs: Catalogs;
  /** Path or file URL of the running package's library entry, which `import … from 'waybill'` in a configuration means. */
  readonly library: string;
}

/**
 * Finds, reads, checks and completes the configuration. Throws ConfigError CONFIG_NOT_FOUND, CONFIG_AMBIGUOUS, CONFIG_UNREADABLE,
 * CONFIG_INVALID or PROVIDER_UNKNOWN with every mistake in the message, and PlanError LOCATION_SHARED.
 */
export async function loadConfig({ file, cwd, catalogs, library }: LoadConfigOptions): Promise<Config> {
  const found = findConfig({ file, cwd });
  const { value, lineOf } = await loadRaw(found, library);
  const chooser: Chooser = { catalogs, directory: dirname(found), mistakes: [] };
  const checked = configSchema.safeParse(value, { reportInput: true });
  // Providers are asked even when the rest is wrong, so that all mistakes are told at once.
  const choices = await chooseProviders(chooser, value);
  const mistakes = [
    ...(checked.success ? [] : issuesToMistakes(checked.error.issues, configSchema)),
    ...chooser.mistakes,
  ];
  const context: MistakesContext = { file: basename(found), ...(lineOf === undefined ? {} : { lineOf }) };
  if (!checked.success || mistakes.length > 0) throw mistakesError(mistakes, context);
  const config = resolveConfig(found, checked.data, choices);
  guardLocations(config.environments.values());
  return config;
}
