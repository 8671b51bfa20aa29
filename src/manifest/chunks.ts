import * as z from 'zod';
import type { Headers } from '../model.ts';
import { sha256Hex } from '../provider/bytes.ts';
import { parseDocument } from './documents.ts';
import { chunkKey } from './keys.ts';
import { decodeTable, encodeTable, type RowForm } from './rows.ts';

/** Which lists are cut, and how finely; both in rows. */
export interface Cutting {
  readonly above: number;
  readonly meanRows: number;
}

export const standardCutting: Cutting = { above: 20_000, meanRows: 2_000 };

/** As an index names it. */
export interface ChunkName {
  /** Of its bytes; also its name at the origin. */
  readonly sha256: string;
  readonly rows: number;
}

/** Some consecutive rows of a list, as a document of their own. */
export interface Chunk<Row> {
  readonly sha256: string;
  readonly rows: readonly Row[];
  readonly bytes: Uint8Array;
}

export const chunkNamesSchema = z.array(
  z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), rows: z.number().int().positive() }),
);

const chunkSchema = z.object({
  format: z.literal(1),
  headers: z.array(z.record(z.string(), z.string())),
  files: z.custom<readonly unknown[]>(Array.isArray, 'not a list').optional(),
  objects: z.custom<readonly unknown[]>(Array.isArray, 'not a list').optional(),
});

/**
 * Cuts a list behind each row whose key's hash says so. Nothing else decides, no count either: so a row that comes, goes or changes touches the chunk
 * that it is in, and at most splits it or joins it with the next one, and every list with the same run of rows has the same chunk.
 */
export function cutRows<Row>(form: RowForm<Row>, rows: readonly Row[], meanRows: number): Chunk<Row>[] {
  const limit = 2 ** 32 / meanRows;
  const chunks: Chunk<Row>[] = [];
  let start = 0;
  const cut = (end: number): void => {
    const part = rows.slice(start, end);
    const bytes = encodeTable({ format: 1 }, form, part);
    chunks.push({ sha256: sha256Hex(bytes), rows: part, bytes });
    start = end;
  };
  for (const [index, row] of rows.entries()) if (hashKey(form.keyOf(row)) < limit) cut(index + 1);
  if (start < rows.length) cut(rows.length);
  return chunks;
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

/** FNV-1a over the UTF-16 code units, with murmur's last mixing, without which similar names have similar hashes. */
function hashKey(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
