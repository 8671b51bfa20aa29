import type { Dialect } from '../s3/dialect.ts';

const readWrite = 'the R2 API token permission "Object Read & Write"';

/** https://developers.cloudflare.com/r2/platform/limits/ */
export const r2Dialect: Dialect = {
  id: 'r2',
  label: 'R2',
  // https://developers.cloudflare.com/r2/api/tokens/
  permissions: {
    list: 'the R2 API token permission "Object Read only" or more',
    read: 'the R2 API token permission "Object Read only" or more',
    head: 'the R2 API token permission "Object Read only" or more',
    write: readWrite,
    copy: readWrite,
    remove: readWrite,
  },
  whereabouts: '`bucket`, `accountId` or `jurisdiction`',
  maxKeyBytes: 1024,
  // 5 GiB less than 5 TiB.
  maxObjectBytes: 5 * 2 ** 40 - 5 * 2 ** 30,
  // A second write of one key within a second is answered with 429.
  writeIntervalMs: 1000,
  // https://developers.cloudflare.com/r2/api/s3/api/ documents conditions of copies for their source, and none for multipart uploads.
  conditions: ['write'],
};
