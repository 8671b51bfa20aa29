import type { Draft } from './draft.ts';
import { PlanError } from './errors/errors.ts';
import { emptyLive } from './manifest/live.ts';
import { type LiveState, readLive } from './manifest/store.ts';
import { hasMoved } from './pointer.ts';
import type { Session } from './session.ts';

/** The live document under the lock; what was planned on must still be live. Throws PLAN_STALE; nothing has been written yet. */
export async function readUnmoved(session: Session, draft: Draft): Promise<LiveState | undefined> {
  const planned = draft.observation.state;
  const current = await readLive(session.state, session.config.project, session.call);
  if (current?.etag === planned?.etag) return current;
  // The first shard of a version makes the document, without the lock, and nothing live.
  const known = planned?.live ?? emptyLive(session.config.project, session.nonce);
  const isSame = current && !hasMoved(current.live, known);
  // A run with nothing to apply notes a newer commit without the lock; the new version was not compared with that one.
  const { operation } = draft.plan;
  const isOld = operation === 'rollback' || operation === 'activate';
  if (isSame && (isOld || current.live.commit === known.commit)) return current;
  const name = (state: LiveState | undefined): string =>
    state?.live.version ? `version ${state.live.version}` : 'no version';
  throw new PlanError(
    'PLAN_STALE',
    `The plan for ${draft.plan.environment} was made on ${name(planned)}; another run came first, and ${name(current)} is live now. Nothing was changed.`,
    { hint: 'Run again, or pass --replan to plan anew by itself.' },
  );
}
