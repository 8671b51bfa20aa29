import { readCiRun } from './collect/ci.ts';
import { versionKey } from './manifest/keys.ts';
import { isHistoryCut, type Live } from './manifest/live.ts';
import { type FoundStage, listStages, readStage } from './manifest/stages.ts';
import type { Provenance } from './model.ts';
import { measureProgress, type Progress } from './plan/split.ts';
import type { Session } from './session.ts';

/** What several machines stage together, and how far they are. */
export interface StageView extends FoundStage {
  /** That with the fewest missing parts first; empty before the first part is there. */
  readonly progress: readonly Progress[];
  readonly isComplete: boolean;
  /** Nothing is left to do with it: its version was live, is going, or is gone. */
  readonly isSpent: boolean;
}

/** Every stage that has a document, those of `skip` aside; src/manifest/stages.ts. Two requests and one a stage. */
export async function readStages(
  session: Session,
  live: Live,
  skip: ReadonlySet<string> = new Set(),
): Promise<StageView[]> {
  const { digests, parts } = await listStages(session.state, session.call);
  const wanted = digests.filter((digest) => !skip.has(digest));
  const found = await Promise.all(wanted.map((digest) => readStage(session.state, digest, session.call)));
  return found.flatMap((one) => {
    if (one === undefined) return [];
    const { version } = one.stage;
    const progress = measureProgress((parts.get(one.digest) ?? []).filter((part) => part.version === version));
    const isComplete = progress[0]?.missing.length === 0;
    return [{ ...one, progress, isComplete, isSpent: isSpent(version, live) }];
  });
}

/** Stages whose version is neither staged nor anything else that `live` knows of. */
export async function readStagesUnderWay(session: Session, live: Live | undefined): Promise<StageView[]> {
  if (live === undefined) return [];
  const staged = new Set(live.staged?.map(({ version }) => version));
  const all = await readStages(session, live);
  return all.filter(({ stage, isSpent }) => !isSpent && !staged.has(stage.version));
}

/** A stage whose version was live, has lost files or is going is not worked on again: the same files get another number. */
export function isSpent(version: number, live: Live): boolean {
  const { history, pruned, unrestorable = [] } = live;
  const named = [live.version, ...(pruned?.versions ?? []), ...unrestorable.map((one) => one.version)];
  // Of versions before the oldest entry only the order is known.
  const isForgotten = isHistoryCut(live) && version < Math.min(...history.map((entry) => entry.version));
  return isForgotten || named.includes(version) || history.some((entry) => entry.version === version);
}

export async function hasManifest({ state, call }: Session, version: number): Promise<boolean> {
  return (await state.head(versionKey(version), call)) !== undefined;
}

/** What the shards of one run have in common and those of no other: the CI run, else the commit of a clean checkout. */
export function nameRun({ env }: Session, { commit, dirty }: Provenance): string | null {
  const run = readCiRun(env);
  if (run !== undefined) return run;
  return commit === undefined || dirty === true ? null : `commit ${commit}`;
}
