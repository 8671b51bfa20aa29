import type { Ledger } from './apply/ledger.ts';
import type { Draft } from './draft.ts';
import { ProviderError } from './errors/errors.ts';
import { readStage, type StageDocument, writeStage } from './manifest/stages.ts';
import { readLive } from './manifest/store.ts';
import { nameShard } from './plan/split.ts';
import { openLive, type Pointer, writeVersion } from './pointer.ts';
import type { Staging } from './rivals.ts';
import type { Session } from './session.ts';
import { hasManifest, isSpent } from './stages.ts';

/**
 * The version that this shard works on, and nobody else's number. The first shard writes its manifest, then the stage, both "must not exist";
 * the others read them. A stage of another run is taken over: its number and what is in place stay. Needs no lock where the store holds to conditions.
 */
export async function reserve(
  session: Session,
  draft: Draft,
  ledger: Ledger,
  { staging, isComplete }: { readonly staging: Staging; readonly isComplete: boolean },
): Promise<StageDocument> {
  const { digest, run } = staging;
  const { base } = draft.plan;
  for (;;) {
    const pointer = await readOrOpenLive(session, ledger);
    const found = await readStage(session.state, digest, session.call);
    const known = found && (await isUsable(session, pointer, found.stage)) ? found.stage : undefined;
    // Staged again after another version became live, it is meant for beside that one.
    if (known && known.run === run && !(isComplete && known.base !== base)) return known;
    const version = known?.version ?? (await writeVersion(session, draft, pointer, ledger));
    const at = session.now().toISOString();
    const stage = { version, base, at, run, shard: nameShard(staging.shard) };
    try {
      await writeStage(session.state, digest, stage, found?.etag ?? null, session.call);
      ledger.changed = true;
      return stage;
    } catch (error) {
      // Another shard was faster: its stage counts.
      if (!(error instanceof ProviderError) || error.kind !== 'conflict') throw error;
    }
  }
}

async function isUsable(session: Session, { live }: Pointer, { version }: StageDocument): Promise<boolean> {
  return !isSpent(version, live) && (await hasManifest(session, version));
}

/** A first stage makes the live document, as a first deploy does; of several shards one. */
async function readOrOpenLive(session: Session, ledger: Ledger): Promise<Pointer> {
  const { project } = session.config;
  const found = await readLive(session.state, project, session.call);
  if (found) return found;
  try {
    return await openLive(session, ledger);
  } catch (error) {
    const there = await readLive(session.state, project, session.call);
    if (there) return there;
    throw error;
  }
}
