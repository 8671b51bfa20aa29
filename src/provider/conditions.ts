import { ProviderError } from '../errors/errors.ts';
import type { Call, ObjectSpec, Origin } from './contract.ts';
import { listingBy, pagesOf } from './pages.ts';

/** Which conditions of a write a store holds to. */
export interface Conditions {
  /** `ifMatch: null`. */
  readonly mustNotExist: boolean;
  /** `ifMatch` with an etag. */
  readonly ifMatch: boolean;
}

/**
 * Wraps an origin so that conditions it ignores or refuses are looked at first and not sent. Between the look and the write lies the
 * time of one request, which only the environment's lock covers. As long as nothing is known, conditions are sent as they are.
 */
export function emulateConditions(origin: Origin, known: () => Conditions | undefined): Origin {
  function isHeld({ ifMatch }: ObjectSpec): boolean {
    const conditions = known();
    if (ifMatch === undefined || !conditions) return true;
    return ifMatch === null ? conditions.mustNotExist : conditions.ifMatch;
  }

  async function look<T extends ObjectSpec>({ ifMatch, ...free }: T, call: Call): Promise<T> {
    const found = await origin.head(free.key, call);
    if ((found?.etag ?? null) !== ifMatch) {
      throw new ProviderError('conflict', `${free.key} was written by somebody else in the meantime`);
    }
    return free as unknown as T;
  }

  return {
    name: origin.name,
    traits: origin.traits,
    ...listingBy(pagesOf(origin)),
    read: (key, call) => origin.read(key, call),
    head: (key, call) => origin.head(key, call),
    write: async (object, call) => origin.write(isHeld(object) ? object : await look(object, call), call),
    copy: async (from, to, call) => origin.copy(from, isHeld(to) ? to : await look(to, call), call),
    remove: (keys, call) => origin.remove(keys, call),
    ...(origin.close ? { close: () => origin.close?.() ?? Promise.resolve() } : {}),
  };
}
