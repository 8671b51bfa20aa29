import { definePreset } from '../s3/preset.ts';
import { spacesDialect } from './dialect.ts';
import { optionsSchema, toS3 } from './options.ts';

/** DigitalOcean Spaces. */
export const spacesOrigin = definePreset({
  dialect: spacesDialect,
  schema: optionsSchema,
  toS3,
  policy: ({ bucket }) => [
    {
      title: `Spaces access key for ${bucket}`,
      format: 'text',
      body: [
        'Control panel: Spaces Object Storage, Access Keys, Create Access Key, Limited Access.',
        `Bucket: ${bucket}. Permission: Read/Write/Delete. Spaces knows no permission for a prefix.`,
        'The key pair goes into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
      ].join('\n'),
    },
  ],
});
