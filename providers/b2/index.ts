import { toRoot } from '../s3/options.ts';
import { definePreset } from '../s3/preset.ts';
import { b2Dialect } from './dialect.ts';
import { optionsSchema, toS3 } from './options.ts';

/** Backblaze B2. */
export const b2Origin = definePreset({
  dialect: b2Dialect,
  schema: optionsSchema,
  toS3,
  policy: ({ bucket, prefix }) => [
    {
      title: `B2 application key for ${bucket}`,
      format: 'text',
      body: [
        `b2 key create --bucket ${bucket}${toRoot(prefix) === '' ? '' : ` --name-prefix ${toRoot(prefix)}`} waybill \\`,
        '  listBuckets,listFiles,readFiles,writeFiles,deleteFiles',
        'Only `prune` needs deleteFiles. The master key does not work with the S3 API.',
        'The key id goes into AWS_ACCESS_KEY_ID, the key into AWS_SECRET_ACCESS_KEY.',
      ].join('\n'),
    },
  ],
});
