import type { OriginProvider } from '../../src/provider/contract.ts';
import { parseOptions } from '../../src/provider/define.ts';
import { optionsSchema, type S3Options, toRoot } from './options.ts';
import { openS3 } from './origin.ts';
import { s3Policy } from './policy.ts';

export { optionsSchema, type S3Options } from './options.ts';

/** Amazon S3 and stores that speak its protocol. */
export const s3Origin: OriginProvider<S3Options> = {
  kind: 'origin',
  id: 's3',
  packages: ['@aws-sdk/client-s3', 'undici'],
  parse: (raw, path) => parseOptions(optionsSchema, raw, path),
  locate(options) {
    const host = options.endpoint === undefined ? 's3.amazonaws.com' : new URL(options.endpoint).host;
    return { store: `${host}/${options.bucket}`, prefix: toRoot(options.prefix).slice(0, -1) };
  },
  policy: s3Policy,
  open: (options, context) => openS3(options, context),
};
