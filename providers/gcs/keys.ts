import { ProviderError } from '../../src/errors/errors.ts';
import type { Connection } from './connection.ts';

/** https://cloud.google.com/storage/docs/objects#naming */
export const maxKeyBytes = 1024;

/** Throws ProviderError `rejected` for a key that cannot be the name of an object. */
export function checkKey({ options, root }: Connection, key: string): void {
  const name = root + key;
  const isDots = name === '.' || name === '..';
  if (!isDots && !name.startsWith('.well-known/acme-challenge/')) return;
  const message = `GCS bucket ${options.bucket}: ${name} cannot be the name of an object.`;
  throw new ProviderError('rejected', message, { hint: 'Ignore the file, or set a `prefix`.' });
}
