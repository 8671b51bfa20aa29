import type * as z from 'zod';
import { PlanError } from '../errors/errors.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

export function encodeJson(document: unknown): Uint8Array {
  return encoder.encode(`${JSON.stringify(document, null, 1)}\n`);
}

/**
 * Parses a state document of `format` 1. Throws STATE_NEWER for a later format and STATE_DAMAGED for anything that is not what
 * `schema` says.
 */
export function parseDocument<T>(schema: z.ZodType<T>, bytes: Uint8Array, key: string): T {
  let raw: unknown;
  try {
    raw = JSON.parse(decoder.decode(bytes));
  } catch (cause) {
    throw new PlanError('STATE_DAMAGED', `${key} at the origin is not valid JSON`, { cause });
  }
  const format = (raw as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format > 1) {
    throw new PlanError('STATE_NEWER', `${key} at the origin has format ${format}; this Waybill reads format 1`, {
      hint: 'Update Waybill to the version that deployed last.',
    });
  }
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const first = result.error.issues[0];
  throw new PlanError(
    'STATE_DAMAGED',
    `${key} at the origin is not what Waybill wrote: ${first?.path.join('.') || 'document'}: ${first?.message}`,
    { hint: 'See "Recovery by hand" in docs/reliability.md.' },
  );
}
