import * as z from 'zod';

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const headerName = z.string().regex(token, 'is no valid header name');
const endpoint = z.url({ protocol: /^https?$/ }).describe('Base URL of a cache, as purges reach it.');

/** What `edge: { use: 'http', … }` takes. */
export const optionsSchema = z.strictObject({
  endpoint: z.union([
    endpoint,
    z
      .array(endpoint)
      .min(1)
      .refine((all) => new Set(all).size === all.length, 'expected each cache once'),
  ]),
  method: z
    .string()
    .regex(token, 'expected an HTTP method such as PURGE')
    .optional()
    .describe('Method that makes the cache forget one URL; PURGE unless said.'),
  pathPrefix: z
    .string()
    .regex(/^\/[^?#\s]*[^/?#\s]$/, 'expected a path such as /purge')
    .optional()
    .describe('Put before the URL path, for caches that purge at a location of their own.'),
  headers: z
    .record(headerName, z.string().regex(/^[ -~]*$/, 'must be ASCII without line breaks'))
    .refine(
      (headers) => !Object.keys(headers).some((name) => /^(proxy-)?authorization$|^cookie$/i.test(name)),
      'secrets do not belong in a configuration; name a variable in `headersFrom`',
    )
    .optional()
    .describe('Sent with every request.'),
  headersFrom: z
    .array(
      z.strictObject({
        header: headerName,
        variable: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of an environment variable'),
      }),
    )
    .optional()
    .describe('Headers whose values are in environment variables, such as a purge token.'),
  prefixes: z
    .enum(['none', 'wildcard', 'ban-header'])
    .optional()
    .describe(
      'How all URLs below a path are named: not at all (unless said), by a last *, or by a pattern in a header.',
    ),
  banMethod: z.string().regex(token, 'expected an HTTP method such as BAN').optional().describe('BAN unless said.'),
  banHeader: headerName.optional().describe('Header that takes the pattern; X-Ban unless said.'),
  tagHeader: headerName
    .optional()
    .describe('Header that takes surrogate keys, such as xkey-purge; without it the cache has no tags.'),
  queryStrings: z
    .enum(['ignored', 'cached'])
    .optional()
    .describe('Whether the cache key holds query strings that visitors use; ignored unless said.'),
});

export type HttpOptions = z.infer<typeof optionsSchema>;
