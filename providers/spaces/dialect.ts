import type { Dialect } from '../s3/dialect.ts';

const readWrite = 'Read/Write/Delete access to the bucket';

/** https://docs.digitalocean.com/products/spaces/details/limits/ */
export const spacesDialect: Dialect = {
  id: 'spaces',
  label: 'Spaces',
  // https://docs.digitalocean.com/products/spaces/how-to/manage-access/
  permissions: {
    list: 'Read access to the bucket',
    read: 'Read access to the bucket',
    head: 'Read access to the bucket',
    write: readWrite,
    copy: readWrite,
    remove: readWrite,
  },
  whereabouts: '`bucket` or `region`',
  maxKeyBytes: 1024,
  maxObjectBytes: 5 * 2 ** 40,
  writeIntervalMs: 0,
  // Not documented: Spaces runs on Ceph, which keeps conditions of PutObject and ignores the others.
  conditions: ['write', 'complete', 'copy'],
};
