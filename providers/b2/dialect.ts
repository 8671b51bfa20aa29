import type { Dialect } from '../s3/dialect.ts';

/** https://www.backblaze.com/docs/cloud-storage-s3-compatible-api */
export const b2Dialect: Dialect = {
  id: 'b2',
  label: 'B2',
  // https://www.backblaze.com/docs/cloud-storage-s3-compatible-app-keys
  permissions: {
    list: 'the capability listFiles',
    read: 'the capability readFiles',
    head: 'the capability readFiles',
    write: 'the capability writeFiles',
    copy: 'the capabilities readFiles and writeFiles',
    remove: 'the capability deleteFiles',
  },
  whereabouts: '`bucket` or `region`',
  // https://www.backblaze.com/docs/cloud-storage-files
  maxKeyBytes: 1024,
  // https://www.backblaze.com/docs/cloud-storage-large-files
  maxObjectBytes: 10 * 10 ** 12,
  writeIntervalMs: 0,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  refusedInKeys: { pattern: /[\u0000-\u001f\u007f]/, what: 'a control character, which B2 refuses' },
  // PutObject with a condition is answered with 501 NotImplemented.
  conditions: [],
};
