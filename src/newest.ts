import { isAncestor } from './collect/ancestry.ts';
import { PlanError } from './errors/errors.ts';
import type { Live } from './manifest/live.ts';
import type { Provenance } from './model.ts';
import type { Session } from './session.ts';

/**
 * The newest commit wins, however long its pipeline took. Throws OLDER_COMMIT where the live commit builds upon the one to deploy; where
 * git cannot tell, the times of the commits do. A second run of the same commit is no older one.
 */
export async function refuseOlder(session: Session, live: Live | undefined, source: Provenance): Promise<void> {
  const { commit, commitTime } = source;
  const theirs = live?.commit;
  if (!live || !commit || !theirs || commit === theirs) return;
  const older = await isAncestor(session.config.directory, session.env, commit, theirs);
  if (older === false) return;
  const isOlderByTime =
    commitTime !== undefined && live.commitTime !== null && Date.parse(commitTime) < Date.parse(live.commitTime);
  if (older === undefined && !isOlderByTime) return;
  const how = older
    ? 'an ancestor of it'
    : `older by its time (${commitTime}, and ${live.commitTime}); this clone does not hold both, so git cannot tell`;
  throw new PlanError(
    'OLDER_COMMIT',
    `Version ${live.version} of ${session.environment.name} was built from commit ${short(theirs)}, and ${short(commit)} is ${how}. Nothing was changed.`,
    { hint: 'Pass --allow-older if it is meant. To go back to a version that was live, use `waybill rollback`.' },
  );
}

function short(commit: string): string {
  return commit.slice(0, 12);
}
