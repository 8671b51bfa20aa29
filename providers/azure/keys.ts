import { ProviderError } from '../../src/errors/errors.ts';
import type { Connection } from './connection.ts';

/** https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata */
export const maxKeyBytes = 1024;
const maxSegments = 254;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/;

/** Throws ProviderError `rejected` for a key that cannot be the name of a blob. */
export function checkKey({ options, root }: Connection, key: string): void {
  const why = control.test(key)
    ? 'it holds a control character'
    : key.includes('\\')
      ? 'it holds a backslash, which Azure takes for a slash'
      : (root + key).split('/').length > maxSegments
        ? `it has more than ${maxSegments} parts between slashes`
        : undefined;
  if (why === undefined) return;
  const message = `Azure container ${options.container}: ${JSON.stringify(key)} cannot be the name of a blob: ${why}.`;
  throw new ProviderError('rejected', message, { hint: 'Rename or ignore the file.' });
}
