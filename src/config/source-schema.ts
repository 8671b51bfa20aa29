import * as z from 'zod';
import { findExternalMistake, findPathMistake } from './external.ts';
import { findPrefixMistake } from './prefix.ts';
import { checked, filePath, fingerprint, patterns } from './schema-parts.ts';
import { findFingerprint } from './sources.ts';
import type { WrittenConfig, WrittenDjangoSource } from './types.ts';

const djangoRules = {
  djangoVersion: z
    .string()
    .regex(/^(3\.2|4\.[0-2]|5\.[0-2]|6\.[01])(\.\d+)?$/, 'expected a version of Django from 3.2 to 6.1, such as "5.2"')
    .optional()
    .describe('Whose rules make the names; the Django that is found, else 5.2.'),
  staticUrl: z
    .string()
    .regex(/\/$/, 'must end in `/`')
    .optional()
    .describe('STATIC_URL, for references that start with `/`; that of the settings, else /static/.'),
  jsModules: z.boolean().optional().describe('Rewrite imports of JavaScript modules; what the storage says, else not.'),
  lenient: z.boolean().optional().describe('Keep references that name nothing, with a warning.'),
  keepOriginals: z.boolean().optional().describe('Deploy files under their own names too; true unless said.'),
};
const prefix = checked(findPrefixMistake).optional().describe('Put before every path of this source.');

const directorySource = z
  .strictObject({
    kind: z.literal('directory'),
    path: filePath.describe('Folder, relative to this file.'),
    prefix,
    fingerprint: fingerprint.optional(),
    ignore: patterns.optional().describe('gitignore syntax, relative to the source.'),
    ...djangoRules,
  })
  .meta({ title: 'Directory' });

const djangoSource = z
  .strictObject({
    kind: z.literal('django'),
    manage: filePath.optional().describe('manage.py of the project whose own finders are asked.'),
    python: filePath.optional().describe('The project’s Python; that of its virtual environment unless said.'),
    settings: z.string().min(1).optional().describe('Settings module; what manage.py sets unless said.'),
    dirs: z
      .array(z.union([filePath, z.strictObject({ path: filePath, prefix: checked(findPrefixMistake).optional() })]))
      .optional()
      .describe('Folders, as in STATICFILES_DIRS.'),
    apps: z.array(filePath).optional().describe('Folders of applications, which hold a folder `static`.'),
    prefix,
    fingerprint: fingerprint.optional(),
    ignore: patterns.optional().describe('Patterns as of `collectstatic --ignore`.'),
    defaultIgnore: z.boolean().optional().describe('Leave out `CVS`, `.*` and `*~`; true unless said.'),
    ...djangoRules,
  })
  .superRefine(refuseIncomplete)
  .meta({ title: 'Django' });

export const source = z
  .discriminatedUnion('kind', [directorySource, djangoSource])
  .meta({ title: 'Source', description: 'Where assets are collected from.' });

type Incomplete = { readonly [Key in keyof WrittenDjangoSource]?: unknown };

function refuseIncomplete(written: Incomplete, context: z.RefinementCtx): void {
  if (written.manage !== undefined) return;
  const fail = (key: keyof Incomplete, message: string) =>
    context.addIssue({ code: 'custom', path: [key], message, input: written[key] });
  for (const key of ['python', 'settings'] as const) {
    if (written[key] !== undefined) fail(key, 'is used with `manage` only');
  }
  if ([written.dirs, written.apps].some((list) => Array.isArray(list) && list.length > 0)) return;
  fail('manage', 'expected the path of manage.py, or folders in `dirs` or `apps`');
}

/** An option that would change nothing is a mistake, too. */
export function refuseIdleRules(config: WrittenConfig, context: z.RefinementCtx<unknown>): void {
  for (const [index, one] of config.sources.entries()) {
    if (findFingerprint(one, config) === 'django') continue;
    for (const key of Object.keys(djangoRules)) {
      if (!Object.hasOwn(one, key)) continue;
      const input: unknown = Reflect.get(one, key);
      const message = "has no effect without `fingerprint: 'django'`";
      context.addIssue({ code: 'custom', path: ['sources', index, key], message, input });
    }
  }
}

const external = z.union([
  checked(findExternalMistake),
  z.strictObject({
    url: checked(findExternalMistake),
    integrity: z
      .string()
      .regex(
        /^(sha(256|384|512)-[A-Za-z0-9+/]+={0,2})( sha(256|384|512)-[A-Za-z0-9+/]+={0,2})*$/,
        'expected digests as in `integrity="sha384-…"`',
      )
      .optional()
      .describe('As in HTML; local bytes must have this digest.'),
  }),
]);

export const externals = z
  .record(checked(findPathMistake), external)
  .describe('Logical paths that a public CDN serves; they are not uploaded.');
