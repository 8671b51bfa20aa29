import type { Ledger } from './apply/ledger.ts';
import type { Draft } from './draft.ts';
import { PlanError, ProviderError } from './errors/errors.ts';
import { makeReceipt } from './finish.ts';
import { withLock } from './locked.ts';
import type { Live } from './manifest/live.ts';
import { writeInventory, writeLive } from './manifest/store.ts';
import { payOwed, toRecord } from './pointer.ts';
import type { Receipt } from './receipt.ts';
import type { Session } from './session.ts';
import { isWeak } from './store-conditions.ts';

/**
 * The end of a run with nothing to apply: no lock and no version, but what is owed is paid, a newer commit is noted, and records that
 * were rebuilt are kept.
 */
export async function settleEmpty(
  session: Session,
  draft: Draft,
  ledger: Ledger,
  settleTimeoutMs: number,
): Promise<Receipt> {
  const state = draft.observation.state;
  if (!state) throw new PlanError('INTERNAL', 'A plan without steps and without a live version');
  const owedBefore = ledger.owed.length;
  await payOwed(session, ledger, settleTimeoutMs);
  const noted = noteCommit(state.live, draft);
  const changed = noted !== state.live || ledger.owed.length !== owedBefore;
  const live = changed ? { ...noted, run: session.nonce, owed: toRecord(ledger.owed) } : state.live;
  const { inventoryEtag } = draft.observation;
  const note = async (): Promise<void> => {
    if (draft.inspection.inventoryChanged) {
      await unlessRaced(writeInventory(session.state, ledger.inventory, inventoryEtag, session.call));
    }
    if (changed) await unlessRaced(writeLive(session.state, live, state.etag, session.call));
  };
  if (draft.inspection.inventoryChanged || changed) await lockedIfWeak(session, draft, note);
  return makeReceipt(session, draft, ledger, live);
}

/** Where writes cannot be conditional, only the lock keeps this run from writing an older `live` over a newer one. */
async function lockedIfWeak(session: Session, draft: Draft, note: () => Promise<void>): Promise<void> {
  const { conditions } = session.store;
  if (!conditions || !isWeak(conditions)) return note();
  await withLock(session, draft.source.runUrl, note).catch((error: unknown) => {
    if (!(error instanceof PlanError) || error.code !== 'LOCK_HELD') throw error;
  });
}

/** Without the lock another run may write first; what this one had to note is then noted by the next, or no longer true. */
async function unlessRaced(write: Promise<unknown>): Promise<void> {
  await write.catch((error: unknown) => {
    if (!(error instanceof ProviderError) || error.kind !== 'conflict') throw error;
  });
}

function noteCommit(live: Live, draft: Draft): Live {
  const { commit, commitTime } = draft.source;
  if (draft.plan.operation !== 'deploy' || !commit || commit === live.commit) return live;
  // Commits of one second cannot be told apart; the one being deployed is then taken for the newer.
  const isOlder =
    live.commitTime !== null && !(commitTime !== undefined && Date.parse(commitTime) >= Date.parse(live.commitTime));
  return isOlder ? live : { ...live, commit, commitTime: commitTime ?? null };
}
