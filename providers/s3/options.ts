import * as z from 'zod';

/** An endpoint must not carry a password: it is printed in messages. */
function isPlainEndpoint(endpoint: string): boolean {
  if (!URL.canParse(endpoint)) return true;
  const { username, password } = new URL(endpoint);
  return username === '' && password === '';
}

/** What origins on S3's protocol have in common. */
export const commonOptions = {
  prefix: z.string().default('').describe('Put before every key.'),
  profile: z.string().min(1).optional().describe('Profile in the AWS configuration files.'),
  concurrency: z.int().min(1).max(1000).default(256).describe('Requests under way at once, at most.'),
};

/** The name of a bucket of a store that has no ARNs. */
export const plainBucket = z
  .string()
  .regex(/^[\w.-]{3,255}$/, 'expected the bare name of a bucket')
  .describe('Name of the bucket.');

export const endpointOption = z
  .url({ protocol: /^https?$/ })
  .refine(isPlainEndpoint, 'expected a URL without user name and password');

export const optionsSchema = z
  .strictObject({
    ...commonOptions,
    bucket: z
      .string()
      .regex(/^(arn:\S+|[\w.-]{3,255})$/, 'expected the bare name of a bucket, or the ARN of an access point')
      .describe('Name of the bucket, or the ARN of an access point.'),
    region: z.string().min(1).optional().describe("The bucket's region; from AWS_REGION or the profile unless said."),
    endpoint: endpointOption.optional().describe('Base URL of an S3-compatible store.'),
    pathStyle: z
      .boolean()
      .optional()
      .describe('Whether the bucket stands in the path; true with `endpoint`, else false, unless said.'),
    acl: z
      .enum(['public-read', 'bucket-owner-full-control'])
      .optional()
      .describe('Canned ACL of each object. State never gets `public-read`. Buckets of today have ACLs disabled.'),
    serverSideEncryption: z
      .enum(['AES256', 'aws:kms', 'aws:kms:dsse'])
      .optional()
      .describe("Asked for with each write; the bucket's own default unless said."),
    kmsKeyId: z.string().min(1).optional().describe('Key for `aws:kms`; the account’s `aws/s3` key unless said.'),
  })
  .refine((options) => options.kmsKeyId === undefined || options.serverSideEncryption?.startsWith('aws:kms'), {
    path: ['kmsKeyId'],
    message: 'expected `serverSideEncryption` to be `aws:kms` when a key is given',
  });

export type S3Options = z.output<typeof optionsSchema>;

/** The prefix as it stands before keys: empty, or without a slash at its start and with one at its end. */
export function toRoot(prefix: string): string {
  const bare = prefix.replace(/^\/+|\/+$/g, '');
  return bare === '' ? '' : `${bare}/`;
}
