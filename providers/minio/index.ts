import { s3Policy } from '../s3/policy.ts';
import { definePreset } from '../s3/preset.ts';
import { minioDialect } from './dialect.ts';
import { optionsSchema, toS3 } from './options.ts';

/** MinIO, which takes policies in the words of IAM. */
export const minioOrigin = definePreset({
  dialect: minioDialect,
  schema: optionsSchema,
  toS3,
  policy: (options) =>
    s3Policy(toS3(options)).map((document) => ({ ...document, title: `MinIO policy for ${options.bucket}` })),
});
