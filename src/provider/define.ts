import type { ZodType } from 'zod';
import { issuesToMistakes } from '../config/issues.ts';
import { mistakesError } from '../config/mistakes.ts';

/**
 * Options by a zod schema, for a provider's `parse`. Use `z.strictObject`, so that unknown keys are named. `path` is where the
 * options stand in the configuration. Throws ConfigError CONFIG_INVALID that lists every mistake with its path.
 */
export function parseOptions<T>(schema: ZodType<T>, raw: unknown, path: string): T {
  // `reportInput` lets messages say what was there.
  const result = schema.safeParse(raw, { reportInput: true });
  if (result.success) return result.data;
  throw mistakesError(issuesToMistakes(result.error.issues, schema, path));
}
