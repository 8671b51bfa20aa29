import * as z from 'zod';
import { commonOptions, endpointOption, plainBucket, type S3Options } from '../s3/options.ts';

export const optionsSchema = z.strictObject({
  ...commonOptions,
  bucket: plainBucket,
  region: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)+$/, 'expected a region of B2, such as us-west-004')
    .describe("The account's region, as in the bucket's endpoint: `us-west-004`."),
  endpoint: endpointOption.optional().describe("In place of the region's own base URL."),
  acl: z
    .never({ error: 'expected no `acl`: objects of B2 have none; the bucket as a whole is public or private' })
    .optional(),
  serverSideEncryption: z
    .enum(['AES256'])
    .optional()
    .describe("Asked for with each write; the bucket's own default unless said."),
});

export type B2Options = z.output<typeof optionsSchema>;

export function toS3({ endpoint, acl: _, ...common }: B2Options): S3Options {
  return { ...common, endpoint: endpoint ?? `https://s3.${common.region}.backblazeb2.com` };
}
