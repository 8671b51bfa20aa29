import * as z from 'zod';
import { commonOptions, endpointOption, plainBucket, type S3Options } from '../s3/options.ts';

export const optionsSchema = z.strictObject({
  ...commonOptions,
  bucket: plainBucket,
  region: z
    .string()
    .regex(/^[a-z]{3}\d$/, 'expected a region of DigitalOcean, such as nyc3')
    .describe('The region of the bucket: `nyc3`.'),
  endpoint: endpointOption.optional().describe("In place of the region's own base URL."),
  acl: z.enum(['public-read']).optional().describe('Makes each object public. State never gets it.'),
  // The limit is 1,500 requests a second for each address, and 150 writes for the oldest buckets.
  concurrency: z.int().min(1).max(1000).default(32).describe('Requests under way at once.'),
});

export type SpacesOptions = z.output<typeof optionsSchema>;

/** Signatures name us-east-1 whatever the region: https://docs.digitalocean.com/products/spaces/how-to/use-aws-sdks/ */
export function toS3({ region, endpoint, acl, ...common }: SpacesOptions): S3Options {
  const visible = acl === undefined ? {} : { acl };
  return {
    ...common,
    ...visible,
    region: 'us-east-1',
    endpoint: endpoint ?? `https://${region}.digitaloceanspaces.com`,
  };
}
