import { ProviderError } from '../errors/errors.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * A vendor's token from its variable; undefined where it is not set. Throws ProviderError `auth` for what cannot be one: sent as a header it
 * would fail as if the network had, and clients put it into their message.
 */
export function readToken(env: Variables, variable: string): string | undefined {
  return read(env, variable, /^[!-~]+$/, 'a space, a line break or another character that no token has');
}

/** The value of a header from a variable, `Basic …` for instance; else as `readToken`. */
export function readHeader(env: Variables, variable: string): string | undefined {
  return read(env, variable, /^[ -~]+$/, 'a line break or another character that no header has');
}

function read(env: Variables, variable: string, pattern: RegExp, otherwise: string): string | undefined {
  const value = env[variable]?.trim() ?? '';
  if (value === '') return undefined;
  if (pattern.test(value)) return value;
  throw new ProviderError('auth', `${variable} holds ${otherwise}.`, { hint: `Set ${variable} to the value alone.` });
}
