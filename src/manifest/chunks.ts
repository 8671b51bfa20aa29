import { sha256Hex } from '../provider/bytes.ts';
import { encodeChunk } from './chunk-codec.ts';
import type { RowForm } from './rows.ts';

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
    const bytes = encodeChunk(form, part);
    chunks.push({ sha256: sha256Hex(bytes), rows: part, bytes });
    start = end;
  };
  let index = 0;
  for (const row of rows) {
    index++;
    if (hashKey(form.keyOf(row)) < limit) cut(index);
  }
  if (start < rows.length) cut(rows.length);
  return chunks;
}

/** FNV-1a over the UTF-16 code units, with murmur's last mixing, without which similar names have similar hashes. */
function hashKey(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
