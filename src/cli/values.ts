import { findNearest } from '../config/nearest.ts';
import type { Setting } from '../config/settings.ts';
import { UsageError } from '../errors/errors.ts';
import { mostShards, type Shard } from '../plan/split.ts';

/** Reads the text of a flag, an argument or a variable. Throws UsageError that names it. */
export type ParseSetting<T> = (setting: Setting) => T;

const highestPort = 65_535;

/** A TCP port; 0 lets the system choose. */
export function parsePort({ text, label }: Setting): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= highestPort) return port;
  throw new UsageError('USAGE', `${label}: expected a port from 0 to ${highestPort}, found ${JSON.stringify(text)}.`);
}

/** Any text but an empty one. */
export function parseText({ text, label }: Setting): string {
  if (text.trim() !== '') return text;
  throw new UsageError('USAGE', `${label}: expected a value, found an empty one.`);
}

/** One of a few words. */
export function parseChoice<const T extends string>(choices: readonly T[]): ParseSetting<T> {
  return ({ text, label }) => {
    const found = choices.find((choice) => choice === text);
    if (found !== undefined) return found;
    const nearest = findNearest(text, choices);
    throw new UsageError(
      'USAGE',
      `${label}: expected ${choices.join(' or ')}, found ${JSON.stringify(text)}.`,
      nearest === undefined ? {} : { hint: `Did you mean ${nearest}?` },
    );
  };
}

/** `2/3`: the second of three. */
export function parseShard({ text, label }: Setting): Shard {
  const [, index, count] = (/^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? []).map(Number);
  const isShard = index !== undefined && count !== undefined && index >= 1 && index <= count && count <= mostShards;
  if (isShard) return { index, count };
  throw new UsageError(
    'USAGE',
    `${label}: expected a part and how many there are, from 1/1 to ${mostShards}/${mostShards}, found ${JSON.stringify(text)}.`,
    { hint: 'As in `--shard 2/3`, the second of three; parts count from 1.' },
  );
}
