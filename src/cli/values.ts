import { findNearest } from '../config/nearest.ts';
import type { Setting } from '../config/settings.ts';
import { UsageError } from '../errors/errors.ts';

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
