import * as z from 'zod';
import { plans } from './limits.ts';

/** What `edge: { use: 'cloudflare', … }` takes. The token comes from CLOUDFLARE_API_TOKEN, never from here. */
export const optionsSchema = z.strictObject({
  zoneId: z
    .string()
    .regex(/^[0-9a-f]{32}$/i, 'expected the id of a zone, 32 hexadecimal digits')
    .describe('Zone of the public URL; it stands on the overview page of the domain.'),
  plan: z.enum(plans).optional().describe('Plan of the zone, which sets its limits; free unless said.'),
  soft: z
    .boolean()
    .optional()
    .describe('Marks copies stale, to be revalidated on the next request, instead of deleting them.'),
  cacheTags: z
    .boolean()
    .optional()
    .describe('Purges by cache tag; needs objects, or a rule, that send the header Cache-Tag.'),
  queryStrings: z
    .enum(['ignored', 'cached'])
    .optional()
    .describe('Whether the cache key holds query strings that visitors use; ignored unless said.'),
  endpoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Base URL of the API instead of https://api.cloudflare.com/client/v4.'),
});

export type CloudflareOptions = z.infer<typeof optionsSchema>;
