import * as z from 'zod';

/** The base URL is printed in messages, so it must carry no secret. */
function isPlainEndpoint(endpoint: string): boolean {
  if (!URL.canParse(endpoint)) return true;
  const { username, password, search } = new URL(endpoint);
  return username === '' && password === '' && search === '';
}

export const optionsSchema = z.strictObject({
  bucket: z
    .string()
    // https://cloud.google.com/storage/docs/buckets#naming
    .regex(/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/, 'expected the bare name of a bucket')
    .describe('Name of the bucket.'),
  prefix: z.string().default('').describe('Put before every key.'),
  endpoint: z
    .url({ protocol: /^https?$/ })
    .refine(isPlainEndpoint, 'expected a URL without user name, password and query')
    .optional()
    .describe('In place of `https://storage.googleapis.com`, for gateways and tests.'),
  concurrency: z.int().min(1).max(1000).default(64).describe('Requests under way at once.'),
});

export type GcsOptions = z.output<typeof optionsSchema>;

/** The base URL of the JSON API, without a slash at its end. */
export function toBaseUrl({ endpoint }: GcsOptions): string {
  return (endpoint ?? 'https://storage.googleapis.com').replace(/\/+$/, '');
}

/** The prefix as it stands before keys: empty, or without a slash at its start and with one at its end. */
export function toRoot(prefix: string): string {
  const bare = prefix.replace(/^\/+|\/+$/g, '');
  return bare === '' ? '' : `${bare}/`;
}
