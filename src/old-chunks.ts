import { chunksAt } from './manifest/chunk-memory.ts';
import { chunksPrefix, inventoryKey, versionKey } from './manifest/keys.ts';
import type { RemovedKey } from './plan/prune-types.ts';
import type { Session } from './session.ts';

/**
 * A shard writes chunks without the lock before it writes the document that names them, so what was written of late stays. It never relies on
 * chunks that it has not written itself.
 */
const graceMs = 24 * 60 * 60 * 1000;

/** Chunks that neither the inventory nor a version of `kept` names; their documents were read since `observe`. */
export async function findOldChunks({ state, call }: Session, kept: readonly number[]): Promise<RemovedKey[]> {
  const needed = chunksAt(state).namedBy([inventoryKey, ...kept.map(versionKey)]);
  const found: RemovedKey[] = [];
  for await (const { key, size } of state.list({ prefix: chunksPrefix }, call)) {
    if (!needed.has(key.slice(chunksPrefix.length))) found.push({ key, size });
  }
  return found;
}

/** Those of them that were written long ago. Listings tell no age, so each is asked for. */
export async function withoutYoung(
  { state, call }: Session,
  chunks: readonly RemovedKey[],
): Promise<readonly RemovedKey[]> {
  const isOld = async ({ key }: RemovedKey): Promise<boolean> => {
    const found = await state.read(key, call);
    if (!found) return false;
    // Only its age is wanted, but a body that nobody takes would hold its connection.
    for await (const _ of found.body);
    return found.ageMs >= graceMs;
  };
  const answers = await Promise.all(chunks.map(isOld));
  return chunks.filter((_, index) => answers[index]);
}
