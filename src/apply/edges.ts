import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderError } from '../errors/errors.ts';
import type { Owed } from '../plan/types.ts';
import type { Edge } from '../provider/contract.ts';
import type { InvalidationRecord } from '../receipt.ts';
import type { Session } from '../session.ts';
import type { EdgeLedger } from './ledger.ts';

const longestPollMs = 10_000;

/** Tells one edge. A refusal stays in `owed` and stops nothing: the version can go live without it, and the next run pays. */
async function tellEdge(session: Session, ledger: EdgeLedger, owed: Owed): Promise<InvalidationRecord | undefined> {
  const edge = session.edges.find((one) => one.name === owed.edge);
  if (!edge) {
    ledger.warnings.push(
      `${owed.items.length} invalidations were owed to ${owed.edge}, which is no longer configured; they are dropped`,
    );
    ledger.owed = ledger.owed.filter((one) => one !== owed);
    return undefined;
  }
  try {
    const nonce = `${session.nonce}-${owed.version}-${ledger.told++}`;
    const call = {
      ...session.call,
      onWait: (waitedMs: number) => session.emit({ kind: 'waiting-for-edge', edge: edge.name, waitedMs }),
    };
    const { id } = await edge.invalidate({ url: session.environment.url, items: owed.items, nonce }, call);
    ledger.owed = ledger.owed.filter((one) => one !== owed);
    const record = { edge: edge.name, id, items: owed.items };
    ledger.invalidated.push(record);
    session.emit({ kind: 'invalidated', ...record });
    return record;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    ledger.refusedBy ??= error;
    ledger.refusals.push(`${edge.name}: ${error.message}`);
    session.emit({ kind: 'warning', message: `${edge.name} did not take the invalidation: ${error.message}` });
    return undefined;
  }
}

/**
 * Tells one edge in its turn: after every edge nearer to the origin has taken the same phase's invalidation and settled, since it would refill
 * from what an inner one still holds. One that has to wait for a refusal stays in `owed`.
 */
export async function tellInTurn(
  session: Session,
  ledger: EdgeLedger,
  owed: Owed,
  settleTimeoutMs: number,
): Promise<void> {
  const tierOf = (name: string): number => session.tiers.get(name) ?? Number.POSITIVE_INFINITY;
  const tier = tierOf(owed.edge);
  const before = ledger.owed.slice(0, ledger.owed.indexOf(owed));
  const blocker = before.find((one) => tierOf(one.edge) < tier);
  if (blocker) {
    ledger.refusals.push(`${owed.edge}: not told before ${blocker.edge}, which it is filled from, has taken its own`);
    return;
  }
  const record = await tellEdge(session, ledger, owed);
  const edge = session.edges.find((one) => one.name === owed.edge);
  const isOutermost = [...session.tiers.values()].every((other) => other <= tier);
  if (!record || !edge || isOutermost) return;
  await waitWarning(session, ledger, edge, record, settleTimeoutMs);
}

/** Waits for an edge; slow or unable to tell is a warning. */
async function waitWarning(
  session: Session,
  ledger: EdgeLedger,
  edge: Edge,
  record: InvalidationRecord,
  timeoutMs: number,
): Promise<void> {
  try {
    if (await waitForEdge(session, edge, record, timeoutMs)) return;
    ledger.warnings.push(
      `${record.edge} has accepted invalidation ${record.id} and is still at it after ${Math.round(timeoutMs / 1000)} s; visitors may see old copies until it is done`,
    );
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    ledger.warnings.push(
      `${record.edge} has accepted invalidation ${record.id} and does not tell whether it is done: ${error.message}`,
    );
  }
}

/** Waits until an edge has forgotten everywhere. False when it takes longer than `timeoutMs`, which is no failure. */
async function waitForEdge(
  session: Session,
  edge: Edge,
  record: InvalidationRecord,
  timeoutMs: number,
): Promise<boolean> {
  if (!edge.settled) return true;
  const started = performance.now();
  for (let pauseMs = 250; ; pauseMs = Math.min(longestPollMs, pauseMs * 2)) {
    if (await edge.settled(record.id, session.call)) return true;
    const waitedMs = performance.now() - started;
    if (waitedMs + pauseMs > timeoutMs) return false;
    session.emit({ kind: 'waiting-for-edge', edge: edge.name, waitedMs });
    await sleep(pauseMs, undefined, { signal: session.call.signal });
  }
}

/** Waits for all that was invalidated in this run; what is slow becomes a warning. */
export async function waitForEdges(session: Session, ledger: EdgeLedger, timeoutMs: number): Promise<void> {
  const started = performance.now();
  for (const record of ledger.invalidated) {
    const edge = session.edges.find((one) => one.name === record.edge);
    const leftMs = Math.max(0, timeoutMs - (performance.now() - started));
    if (edge) await waitWarning(session, ledger, edge, record, leftMs);
  }
}
