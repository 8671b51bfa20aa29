import * as z from 'zod';
import { commonOptions, endpointOption, plainBucket, type S3Options } from '../s3/options.ts';

export const optionsSchema = z
  .strictObject({
    ...commonOptions,
    bucket: plainBucket,
    accountId: z
      .string()
      .regex(/^[0-9a-f]{32}$/, 'expected the 32 hex digits of a Cloudflare account id')
      .optional()
      .describe('The Cloudflare account; needed unless `endpoint` is given.'),
    jurisdiction: z
      .enum(['eu', 'fedramp'])
      .optional()
      .describe('Where the bucket was restricted to when it was made; it has an endpoint of its own.'),
    endpoint: endpointOption.optional().describe("In place of the account's own base URL."),
    acl: z.never({ error: 'expected no `acl`: R2 has none; a custom domain makes the bucket public' }).optional(),
  })
  .refine((options) => options.accountId !== undefined || options.endpoint !== undefined, {
    path: ['accountId'],
    message: 'expected the Cloudflare account id, or an `endpoint`',
  });

export type R2Options = z.output<typeof optionsSchema>;

/** https://developers.cloudflare.com/r2/api/s3/api/, https://developers.cloudflare.com/r2/reference/data-location/ */
export function toS3({ accountId, jurisdiction, endpoint, acl: _, ...common }: R2Options): S3Options {
  const host = [accountId, ...(jurisdiction === undefined ? [] : [jurisdiction]), 'r2.cloudflarestorage.com'].join('.');
  return { ...common, region: 'auto', endpoint: endpoint ?? `https://${host}` };
}
