import * as z from 'zod';

export const filePath = z.string().min(1);
export const patterns = z.array(z.string().min(1));
export const fingerprint = z
  .enum(['auto', 'none', 'django'])
  .describe(
    '`auto` (default) takes names that carry a content hash for immutable; `none` takes every name for stable; `django` (default of a Django source) adds a copy of each file under Django’s hashed name.',
  );

/** A string that `find` has no complaint about. */
export function checked(find: (text: string) => string | undefined): z.ZodType<string, string> {
  return z.string().superRefine((text, context) => {
    const message = find(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message, input: text });
  });
}
