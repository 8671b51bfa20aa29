import * as z from 'zod';
import { trimSlashes } from './layout.ts';

/** Why a prefix cannot be used, or undefined. Slashes at the ends do no harm. */
function prefixMistake(text: string): string | undefined {
  const segments = trimSlashes(text).split('/');
  if (segments.length === 1 && segments[0] === '') return undefined;
  if (/[\0\r\n\\]/.test(text)) return 'must not hold NUL, line breaks or backslashes';
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return 'must not hold empty, `.` or `..` segments';
  }
  return segments.some((segment) => segment.toLowerCase() === '.waybill') ? 'must not hold `.waybill`' : undefined;
}

/** What `origin: { use: 'local', … }` takes; see docs/providers/local.md. */
export const optionsSchema = z.strictObject({
  directory: z
    .string()
    .min(1)
    .refine((text) => !text.includes('\0'), 'must not hold NUL')
    .describe('Folder that holds the objects; relative to the configuration file. Made by the first write.'),
  prefix: z
    .string()
    .default('')
    .superRefine((text, context) => {
      const mistake = prefixMistake(text);
      if (mistake) context.addIssue({ code: 'custom', message: mistake });
    })
    .describe('Folder below `directory` that this environment keeps to.'),
  concurrency: z.int().min(1).max(256).default(64).describe('Writes under way at once.'),
});

export type LocalOptions = z.output<typeof optionsSchema>;
