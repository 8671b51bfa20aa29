import type { Draft } from './draft.ts';
import { PlanError } from './errors/errors.ts';
import type { Live } from './manifest/live.ts';
import { readManifest } from './manifest/store.ts';
import { describeFirstDifference } from './plan/first-difference.ts';
import { nameShard, type Shard } from './plan/split.ts';
import type { Session } from './session.ts';
import { readStages, type StageView } from './stages.ts';

/** What a shard works on. */
export interface Staging {
  readonly shard: Shard;
  readonly digest: string;
  readonly run: string | null;
}

/**
 * Shards of one run must have the same files. Which of two stages is right nobody can tell, so the one with the lower number, which was begun
 * first, stands; one that is finished is of an earlier attempt. Gives all stages. Throws SHARDS_DIFFER. `version` is this shard's own,
 * once it has one; `settled` holds digests that need not be looked at again, and grows.
 */
export async function refuseRivals(
  session: Session,
  draft: Draft,
  { shard, digest, run }: Staging,
  { live, version = Number.POSITIVE_INFINITY, settled }: { live: Live; version?: number; settled: Set<string> },
): Promise<StageView[]> {
  const stages = await readStages(session, live, settled);
  for (const { digest: other, isSpent } of stages) if (isSpent && other !== digest) settled.add(other);
  // A shard that had other files before, and has the right ones now, must not be held up by its own stage.
  const joined = stages.find((one) => one.digest === digest && !one.isSpent && one.stage.run === run);
  const mine = joined?.stage.version ?? version;
  const rivals = stages.filter(
    (one) =>
      one.digest !== digest &&
      !one.isSpent &&
      !one.isComplete &&
      run !== null &&
      one.stage.run === run &&
      one.stage.version < mine,
  );
  const [first] = rivals.sort((a, b) => a.stage.version - b.stage.version);
  if (first) throw await differs(session, draft, nameShard(shard), first);
  return stages;
}

async function differs(
  session: Session,
  { plan, files, lookup }: Draft,
  shard: string,
  { stage }: StageView,
): Promise<PlanError> {
  const isSame = stage.shard === shard;
  const mine = isSame ? 'this run' : `shard ${shard}`;
  const theirs = isSame ? `an earlier run of shard ${shard}` : `shard ${stage.shard}`;
  const manifest = await readManifest(session.state, stage.version, session.call);
  const content = { files, cdnUrl: plan.cdnUrl, ...lookup };
  const difference = manifest && describeFirstDifference(content, manifest, { mine, theirs });
  const start = mine.charAt(0).toUpperCase() + mine.slice(1);
  return new PlanError(
    'SHARDS_DIFFER',
    `${start} has other files than ${theirs}, which began version ${stage.version} of ${plan.environment} in the same run (${stage.run}): ${difference ?? 'their digests differ'}. Visitors see nothing of either.`,
    {
      hint: 'Build once and give all shards the same files, as an artifact. If the other shard had the wrong ones, start a new CI run.',
    },
  );
}
