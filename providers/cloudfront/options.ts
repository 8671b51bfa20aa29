import * as z from 'zod';

const distributionId = z
  .string()
  .regex(/^[A-Za-z0-9]+$/, 'expected the id of a distribution, letters and digits such as E2EXAMPLE1234');

/** What `edge: { use: 'cloudfront', … }` takes. Credentials come from the AWS credential chain, never from here. */
export const optionsSchema = z.strictObject({
  distributionId: z.union([
    distributionId,
    z
      .array(distributionId)
      .min(1)
      .refine((ids) => new Set(ids).size === ids.length, 'expected each distribution once'),
  ]),
  region: z.string().min(1).optional(),
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  profile: z.string().min(1).optional(),
  /** `cached` where a cache policy has query strings in the cache key; see `EdgeTraits.queryStrings`. */
  queryStrings: z.enum(['ignored', 'cached']).optional(),
});

export type CloudFrontOptions = z.infer<typeof optionsSchema>;
