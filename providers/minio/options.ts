import * as z from 'zod';
import { commonOptions, endpointOption, plainBucket, type S3Options } from '../s3/options.ts';

export const optionsSchema = z.strictObject({
  ...commonOptions,
  bucket: plainBucket,
  endpoint: endpointOption.describe('Base URL of the server.'),
  region: z
    .string()
    .min(1)
    .default('us-east-1')
    .describe("The server's region, `us-east-1` unless it was given another."),
  pathStyle: z.boolean().default(true).describe('Whether the bucket stands in the path; else in the host name.'),
  acl: z
    .never({ error: 'expected no `acl`: MinIO ignores them; `mc anonymous set download` makes a prefix public' })
    .optional(),
  serverSideEncryption: z
    .enum(['AES256', 'aws:kms'])
    .optional()
    .describe("Asked for with each write; the bucket's own default unless said."),
});

export type MinioOptions = z.output<typeof optionsSchema>;

export function toS3({ acl: _, ...options }: MinioOptions): S3Options {
  return options;
}
