import { UsageError } from '../errors/errors.ts';

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A value from the command line or the environment, and what to call it in a message. */
export interface Setting {
  readonly text: string;
  /** `--lock-timeout` or `WAYBILL_LOCK_TIMEOUT`. */
  readonly label: string;
}

/** The flag's value, else that of its variable (`--lock-timeout`: `WAYBILL_LOCK_TIMEOUT`), which counts as absent when empty. */
export function pickSetting(
  flag: string,
  value: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Setting | undefined {
  if (value !== undefined) return { text: value, label: flag };
  const label = `WAYBILL_${flag.replace(/^--/, '').replaceAll('-', '_').toUpperCase()}`;
  const text = env[label];
  return text === undefined || text === '' ? undefined : { text, label };
}

/** Milliseconds of `60s`, `10m`, `0`. Throws UsageError. */
export function parseDuration({ text, label }: Setting): number {
  const [, count, unit = ''] = /^(\d+)(ms|s|m|h|d)?$/.exec(text) ?? [];
  const factor = units[unit] ?? (count === '0' ? 1 : undefined);
  const durationMs = Number(count) * (factor ?? Number.NaN);
  if (Number.isSafeInteger(durationMs)) return durationMs;
  throw new UsageError('USAGE', `${label}: expected a duration, found ${JSON.stringify(text)}.`, {
    hint: 'Write a whole number and ms, s, m, h or d, as in 60s, or 0.',
  });
}

/** A whole number from 1. Throws UsageError. */
export function parsePositiveInteger({ text, label }: Setting): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new UsageError('USAGE', `${label}: expected a whole number from 1, found ${JSON.stringify(text)}.`);
}

/** A switch's variable: `1` or `true`, `0` or `false`. Throws UsageError. */
export function parseSwitch({ text, label }: Setting): boolean {
  if (/^(1|true)$/i.test(text)) return true;
  if (/^(0|false)$/i.test(text)) return false;
  throw new UsageError('USAGE', `${label}: expected 1 or 0, found ${JSON.stringify(text)}.`);
}
