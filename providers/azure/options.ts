import * as z from 'zod';

/** The base URL is printed in messages, so it must carry neither a password nor a SAS. */
function isPlainEndpoint(endpoint: string): boolean {
  if (!URL.canParse(endpoint)) return true;
  const { username, password, search } = new URL(endpoint);
  return username === '' && password === '' && search === '';
}

export const optionsSchema = z
  .strictObject({
    account: z
      .string()
      .regex(/^[a-z0-9]{3,24}$/, 'expected the name of a storage account: 3 to 24 lower-case letters and digits')
      .optional()
      .describe('The storage account; needed unless `endpoint` is given.'),
    container: z
      .string()
      // https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
      .regex(/^(\$web|\$root|(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*)$/, 'expected the name of a container')
      .describe('The container; `$web` is what a static website serves.'),
    prefix: z.string().default('').describe('Put before every key.'),
    endpoint: z
      .url({ protocol: /^https?$/ })
      .refine(isPlainEndpoint, 'expected a URL without user name, password and SAS')
      .optional()
      .describe('In place of `https://<account>.blob.core.windows.net`, for other clouds, gateways and tests.'),
    concurrency: z.int().min(1).max(1000).default(64).describe('Requests under way at once.'),
  })
  .refine((options) => options.account !== undefined || options.endpoint !== undefined, {
    path: ['account'],
    message: 'expected the name of the storage account, or an `endpoint`',
  });

export type AzureOptions = z.output<typeof optionsSchema>;

/** The base URL of the account's blobs, without a slash at its end. */
export function toBaseUrl({ account, endpoint }: AzureOptions): string {
  return (endpoint ?? `https://${account}.blob.core.windows.net`).replace(/\/+$/, '');
}

/** The prefix as it stands before keys: empty, or without a slash at its start and with one at its end. */
export function toRoot(prefix: string): string {
  const bare = prefix.replace(/^\/+|\/+$/g, '');
  return bare === '' ? '' : `${bare}/`;
}
