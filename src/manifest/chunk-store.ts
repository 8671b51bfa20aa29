import { PlanError } from '../errors/errors.ts';
import { readWhole, sha256Hex } from '../provider/bytes.ts';
import type { Call, Origin } from '../provider/contract.ts';
import { decodeChunk, encodeChunk } from './chunk-codec.ts';
import { chunksAt } from './chunk-memory.ts';
import { type ChunkName, cutRows } from './chunks.ts';
import { chunkKey } from './keys.ts';
import type { RowForm } from './rows.ts';
import { writeState } from './write-state.ts';

/** All rows that an index names, its chunks side by side. Throws STATE_DAMAGED naming the chunk. */
export async function readRows<Row>(
  origin: Origin,
  form: RowForm<Row>,
  chunks: readonly ChunkName[],
  call: Call,
): Promise<Row[]> {
  const memory = chunksAt(origin);
  const read = async ({ sha256, rows: count }: ChunkName): Promise<readonly Row[]> => {
    const rows = await memory.recall(form, sha256, () => readChunk(origin, form, sha256, call));
    if (rows.length === count) return rows;
    throw damaged(origin, sha256, `has ${rows.length} rows and not ${count}`);
  };
  return (await Promise.all(chunks.map(read))).flat();
}

async function readChunk<Row>(origin: Origin, form: RowForm<Row>, sha256: string, call: Call): Promise<Row[]> {
  const found = await readWhole(origin, chunkKey(sha256), call);
  if (!found) throw damaged(origin, sha256, 'is not there');
  if (sha256Hex(found.bytes) !== sha256) throw damaged(origin, sha256, 'has other bytes than its name says');
  const memory = chunksAt(origin);
  return decodeChunk(form, found.bytes, sha256, (headers) => memory.intern(headers));
}

function damaged(origin: Origin, sha256: string, what: string): PlanError {
  return new PlanError('STATE_DAMAGED', `${chunkKey(sha256)} of ${origin.name} ${what}`, {
    hint: 'See "Recovery by hand" in docs/reliability.md.',
  });
}

/**
 * Writes the chunks of a list side by side, and resolves once all are there: only then may a document name them. Those that the documents at the
 * keys `there` name are not written, nor those that this run has written before.
 */
export async function writeRows<Row>(
  origin: Origin,
  form: RowForm<Row>,
  { list, there }: { readonly list: readonly Row[]; readonly there: readonly string[] },
  call: Call,
): Promise<ChunkName[]> {
  const memory = chunksAt(origin);
  const named = memory.namedBy(there);
  const cut: readonly { sha256: string; rows: readonly Row[]; bytes?: Uint8Array }[] =
    memory.cutOf(list) ?? cutRows(form, list, memory.cutting.meanRows);
  const missing = new Map(cut.filter(({ sha256 }) => !named.has(sha256)).map((chunk) => [chunk.sha256, chunk]));
  const writes = [...missing.values()].map(async ({ sha256, rows, bytes }) => {
    if (memory.hasWritten(sha256)) return;
    await writeState(origin, chunkKey(sha256), bytes ?? encodeChunk(form, rows), undefined, call);
    memory.noteWritten(sha256);
  });
  // All of them end before an error is told: none may go on writing once the lock is released.
  for (const end of await Promise.allSettled(writes)) if (end.status === 'rejected') throw end.reason;
  return cut.map(({ sha256, rows }) => ({ sha256, rows: rows.length }));
}
