import * as z from 'zod';
import { findUrlMistake } from './public-url.ts';
import { checked, filePath, fingerprint, patterns } from './schema-parts.ts';
import { sizePattern } from './size.ts';
import { externals, refuseIdleRules, source } from './source-schema.ts';
import type { WrittenConfig } from './types.ts';

/** Schemas of what stands under `origin`, `state` and `edge`. */
export interface ProviderSchemas {
  readonly origin: z.ZodType;
  readonly edge: z.ZodType;
}

const match = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);
const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected a variable name of letters, digits and `_`')
  .optional()
  .describe('Name of the variable; CDN_URL unless said.');

const headerRule = z.strictObject({
  match: match.describe('Glob or globs over logical paths.'),
  set: z
    .record(
      z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is no valid header name'),
      z.union([
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused.
        z.string().regex(/^[^\u0000-\u0008\u000a-\u001f\u007f]*$/, 'must not hold line breaks or control characters'),
        z.null(),
      ]),
    )
    .describe('Header names and values; null takes a header away.'),
});

const classRule = z.strictObject({
  match: match.describe('Glob or globs over logical paths.'),
  class: z.enum(['immutable', 'mutable', 'entry']),
});

const outputPath = filePath.describe('File, relative to this one.');

const output = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.enum(['dotenv', 'json', 'python', 'gitlab']), path: outputPath, variable }),
    z.strictObject({ kind: z.literal('github'), variable }),
    z.strictObject({ kind: z.literal('django-manifest'), path: outputPath }),
  ])
  .meta({ title: 'Output', description: 'A file that is told the CDN_URL after a deploy.' });

const share = z.number().min(0).max(1).optional();
const size = z.union([z.int().min(0), z.string().regex(sizePattern, 'expected a size such as 25 MB')]).optional();

const limits = z.strictObject({
  changedShare: share.describe('0 to 1: share of the live files that may change or vanish in one deploy.'),
  removedShare: share.describe('0 to 1: share of the live files that may vanish in one deploy.'),
  floor: z.int().min(0).optional().describe('At or below this many files the shares are not checked; 20 unless said.'),
  fileSize: size.describe('Most bytes of one file: a number, or text such as 25 MB.'),
  totalSize: size.describe('Most bytes of all files together: a number, or text such as 2 GB.'),
  required: patterns.optional().describe('Globs over logical paths; each must match a file of the version.'),
});

const invalidation = z.strictObject({
  budget: z
    .strictObject({
      usd: z.number().min(0).optional().describe('US dollars, at list prices.'),
      items: z.int().min(0).optional().describe('Paths, prefixes and tags.'),
    })
    .optional()
    .describe('Most of one run over all edges; what it cannot pay for stays stale, and the plan says so.'),
  refillUsdPerGB: z
    .number()
    .min(0)
    .optional()
    .describe('What fetching a gigabyte of unchanged files again counts for, in US dollars; 0.09 unless said.'),
  runsPerMonth: z.int().min(1).optional().describe("Runs that share a month's free items; 30 unless said."),
});

const keep = z.strictObject({
  versions: z.int().min(1).optional().describe('How many versions are kept; 10 unless said.'),
  days: z.int().min(0).optional().describe('Versions that were live within so many days are kept; 30 unless said.'),
  staged: z
    .int()
    .min(0)
    .optional()
    .describe('Days after which prune takes a staged version that nobody has made live; 7 unless said.'),
});

function makeEnvironmentSchema({ origin, edge }: ProviderSchemas) {
  return z
    .strictObject({
      origin: origin.describe('The object store that the edge pulls from.'),
      state: origin.optional().describe('Where live pointer, manifests and lock are kept; the origin unless said.'),
      edge: z
        .union([edge, z.array(edge)])
        .optional()
        .describe('The CDN cache in front of the origin; a list goes from the origin outwards.'),
      url: checked(findUrlMistake).meta({
        description: 'Public base URL; ends in `/`.',
        pattern: '^https?://[^?#]*/$',
      }),
      outputs: z.array(output).optional(),
      limits: limits.optional(),
      invalidation: invalidation.optional().describe('How much invalidations may cost.'),
      keep: keep.optional(),
      protected: z.boolean().optional().describe('Ask before every change; without a terminal, --yes is needed.'),
    })
    .meta({ title: 'Environment' });
}

const environmentName = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]*$/, 'an environment is named with letters, digits, `-`, `_` and `.`');

/** Everything but providers' options, which the caller gives schemas for. */
export function makeConfigSchema(providers: ProviderSchemas) {
  const schema = z.strictObject({
    $schema: z.string().optional(),
    project: z.string().min(1).optional().describe('Owner of the locations, so that two projects never share one.'),
    sources: z.array(source).min(1).describe('Where assets are collected from.'),
    fingerprint: fingerprint.optional(),
    ignore: patterns.optional().describe('gitignore syntax, for all sources.'),
    collisions: z
      .enum(['error', 'first', 'last'])
      .optional()
      .describe('Which source wins where two claim one path; an error unless said.'),
    classes: z.array(classRule).optional().describe('Classes of files by path; later rules win.'),
    externals: externals.optional(),
    headers: z.array(headerRule).optional().describe('Response headers by path; later rules win, header by header.'),
    environments: z
      .record(environmentName, makeEnvironmentSchema(providers))
      .refine((all) => Object.keys(all).length > 0, 'expected at least one environment')
      .meta({ description: 'Environments by name: origin, edge, public URL and policy.', minProperties: 1 }),
  });
  return schema.superRefine((config, context) => refuseIdleRules(config as unknown as WrittenConfig, context));
}

// What `use` holds and what goes with it is checked by choose.ts.
const provider = z.looseObject({ use: z.unknown() });

/** What a file may hold; parsing gives it unchanged. */
export const configSchema = makeConfigSchema({
  origin: provider,
  edge: provider,
}) as unknown as z.ZodType<WrittenConfig>;
