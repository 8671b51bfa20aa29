import * as z from 'zod';
import type { Headers } from '../model.ts';
import { parseDocument } from './documents.ts';
import { chunkKey } from './keys.ts';
import { decodeTable, HeaderTable, type RowForm } from './rows.ts';

/** What an index says of its chunks. */
export const chunkNamesSchema = z.array(
  z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), rows: z.number().int().positive() }),
);

const chunkSchema = z.object({
  format: z.literal(1),
  headers: z.array(z.record(z.string(), z.string())),
  files: z.custom<readonly unknown[]>(Array.isArray, 'not a list').optional(),
  objects: z.custom<readonly unknown[]>(Array.isArray, 'not a list').optional(),
});

/** All on one line: a row a line, as small manifests have it, would take four times as long. */
export function encodeChunk<Row>(form: RowForm<Row>, rows: readonly Row[]): Uint8Array {
  const table = new HeaderTable();
  const lines = rows.map((row) => form.encode(row, table));
  return Buffer.from(`${JSON.stringify({ format: 1, headers: table.sets, [form.member]: lines })}\n`);
}

/** Throws STATE_DAMAGED or STATE_NEWER. `intern` gives equal header sets one identity. */
export function decodeChunk<Row>(
  form: RowForm<Row>,
  bytes: Uint8Array,
  sha256: string,
  intern: (headers: Headers) => Headers = (headers) => headers,
): Row[] {
  const key = chunkKey(sha256);
  const { headers, [form.member]: rows = [] } = parseDocument(chunkSchema, bytes, key);
  return decodeTable(form, rows, headers.map(intern), key);
}
