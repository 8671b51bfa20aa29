import { liveKey } from './manifest/keys.ts';
import { parseLive } from './manifest/live.ts';
import { probeConditions } from './manifest/probe.ts';
import { readWhole } from './provider/bytes.ts';
import type { Conditions } from './provider/conditions.ts';
import type { Session } from './session.ts';

/**
 * What the environment's stores make of conditional writes: as `live` says, else by a probe, which writes. With a state location of its own the
 * weaker of the two counts, since lock and assets must hold together.
 */
export async function learnConditions(session: Session): Promise<Conditions> {
  const { origin, state, store, nonce, call } = session;
  if (store.conditions) return store.conditions;
  await recallConditions(session);
  if (store.conditions) return store.conditions;
  const places = origin === state ? [state] : [state, origin];
  const found = await Promise.all(places.map((place) => probeConditions(place, nonce, call)));
  store.conditions = {
    mustNotExist: found.every((one) => one.mustNotExist),
    ifMatch: found.every((one) => one.ifMatch),
  };
  return store.conditions;
}

/** Reads them from `live`, if they stand there. What is wrong with the document is for others to say. */
export async function recallConditions({ state, store, call }: Session): Promise<void> {
  const found = await readWhole(state, liveKey, call);
  if (!found) return;
  try {
    store.conditions = parseLive(found.bytes).conditions;
  } catch {
    store.conditions = undefined;
  }
}

export function isWeak({ mustNotExist, ifMatch }: Conditions): boolean {
  return !mustNotExist || !ifMatch;
}

export function describeWeakness(name: string, settleMs: number): string {
  return `${name} does not hold to conditions of writes, so the lock takes ${settleMs / 1000} s and is weaker: put the deploys of this environment into one concurrency group of your CI (see "Stores without conditional writes" in docs/reliability.md)`;
}
