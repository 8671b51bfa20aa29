import { resolve } from 'node:path';
import { parseDuration, parsePositiveInteger, parseSwitch, pickSetting } from '../config/settings.ts';
import type { Variables } from './io.ts';
import { type ParseSetting, parseText } from './values.ts';

/** The common flags as they were written; absent ones are left out. */
export interface CommonFlags {
  readonly env?: string;
  readonly config?: string;
  readonly cwd?: string;
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly quiet?: boolean;
  readonly debug?: boolean;
  readonly lockTimeout?: string;
  readonly retryBudget?: string;
  readonly concurrency?: string;
}

/** The common flags, the variables and the defaults in one. */
export interface Settings {
  /** Value of --env; WAYBILL_ENV is looked at together with the configuration, which knows the names. */
  readonly env: string | undefined;
  /** Absolute path of the configuration file, when one was named. */
  readonly config: string | undefined;
  /** Absolute. */
  readonly cwd: string;
  readonly json: boolean;
  readonly yes: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
  readonly lockTimeoutMs: number;
  readonly retryBudgetMs: number;
  readonly concurrency: number | undefined;
}

const defaultLockTimeoutMs = 60_000;
const defaultRetryBudgetMs = 60_000;

export interface SettingsSources {
  readonly flags: CommonFlags;
  readonly env: Variables;
  readonly cwd: string;
}

/** Flags win over WAYBILL_* variables, those over the defaults. Throws UsageError that names the flag or the variable. */
export function resolveSettings({ flags, env, cwd }: SettingsSources): Settings {
  const read = <T>(flag: string, value: string | undefined, parse: ParseSetting<T>): T | undefined => {
    const setting = pickSetting(flag, value, env);
    return setting === undefined ? undefined : parse(setting);
  };
  const folder = resolve(cwd, read('--cwd', flags.cwd, parseText) ?? '.');
  const config = read('--config', flags.config, parseText);
  return {
    env: flags.env === undefined ? undefined : parseText({ text: flags.env, label: '--env' }),
    config: config === undefined ? undefined : resolve(folder, config),
    cwd: folder,
    json: flags.json ?? read('--json', undefined, parseSwitch) ?? false,
    yes: flags.yes ?? false,
    quiet: flags.quiet ?? read('--quiet', undefined, parseSwitch) ?? false,
    debug: flags.debug ?? read('--debug', undefined, parseSwitch) ?? false,
    lockTimeoutMs: read('--lock-timeout', flags.lockTimeout, parseDuration) ?? defaultLockTimeoutMs,
    retryBudgetMs: read('--retry-budget', flags.retryBudget, parseDuration) ?? defaultRetryBudgetMs,
    concurrency: read('--concurrency', flags.concurrency, parsePositiveInteger),
  };
}
