import { ProviderError } from '../errors/errors.ts';
import type { Conditions } from '../provider/conditions.ts';
import type { Call, Origin } from '../provider/contract.ts';
import { encodeJson } from './documents.ts';
import { probeKey } from './keys.ts';
import { writeState } from './write-state.ts';

/** No object's etag, in a form that stores which check it take for one. */
const nobodysEtag = '0'.repeat(32);

/**
 * Finds out whether a store holds to the conditions of writes: over an object that is there, one write that must find none and one that must find
 * another. Refused is right; what succeeds, or is not understood, shows a store without. The object stays, so that two runs which
 * probe at the same time do not mislead each other. `nonce` makes the bytes this run's own.
 */
export async function probeConditions(origin: Origin, nonce: string, call: Call): Promise<Conditions> {
  const write = (step: string, ifMatch: string | null | undefined) =>
    writeState(origin, probeKey, encodeJson({ format: 1, run: nonce, step }), ifMatch, call);
  await write('any', undefined);
  // One after the other: where the first is not held to, it must be found again should its answer get lost.
  const mustNotExist = await isHeld(write('must not exist', null));
  const ifMatch = await isHeld(write('if match', nobodysEtag));
  return { mustNotExist, ifMatch };
}

async function isHeld(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return false;
  } catch (error) {
    if (error instanceof ProviderError && error.kind === 'conflict') return true;
    // Older stores answer 501 or 400 to conditions. A plain write has just worked, so it is not the write that they refuse.
    if (error instanceof ProviderError && error.kind === 'rejected') return false;
    throw error;
  }
}
