import * as z from 'zod';

/** What `edge: { use: 'fastly', … }` takes. The token comes from FASTLY_API_TOKEN, never from here. */
export const optionsSchema = z.strictObject({
  serviceId: z
    .string()
    .regex(/^[A-Za-z0-9]+$/, 'expected the id of a service, letters and digits such as SU1Z0isxPaozGVKXdv0eY')
    .describe('Service that answers for the public URL.'),
  soft: z.boolean().optional().describe('Marks copies stale instead of deleting them.'),
  surrogateKeys: z
    .boolean()
    .optional()
    .describe('Purges by surrogate key; needs objects, or VCL, that send the header Surrogate-Key.'),
  queryStrings: z
    .enum(['ignored', 'cached'])
    .optional()
    .describe('Whether the cache key holds query strings that visitors use; ignored unless said.'),
  endpoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Base URL of the API instead of https://api.fastly.com.'),
});

export type FastlyOptions = z.infer<typeof optionsSchema>;
