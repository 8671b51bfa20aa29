import { definePreset } from '../s3/preset.ts';
import { r2Dialect } from './dialect.ts';
import { optionsSchema, toS3 } from './options.ts';

/** Cloudflare R2. */
export const r2Origin = definePreset({
  dialect: r2Dialect,
  schema: optionsSchema,
  toS3,
  policy: ({ bucket }) => [
    {
      title: `R2 API token for ${bucket}`,
      format: 'text',
      body: [
        'Dashboard: R2, Manage API tokens, Create.',
        'Permission: Object Read & Write.',
        `Buckets: ${bucket} only. R2 knows no permission for a prefix.`,
        'The key pair goes into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
      ].join('\n'),
    },
  ],
});
