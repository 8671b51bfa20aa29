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
  async function prepare<T extends ObjectSpec>(spec: T, call: Call): Promise<T> {
    const { ifMatch, ...free } = spec;
    const conditions = known();
    const isHeld = !conditions || (ifMatch === null ? conditions.mustNotExist : conditions.ifMatch);
    if (ifMatch === undefined || isHeld) return spec;
    const found = await origin.head(spec.key, call);
    if ((found?.etag ?? null) !== ifMatch) {
      throw new ProviderError('conflict', `${spec.key} was written by somebody else in the meantime`);
    }
    return free as T;
  }

  return {
    name: origin.name,
    traits: origin.traits,
    ...listingBy(pagesOf(origin)),
    read: (key, call) => origin.read(key, call),
    head: (key, call) => origin.head(key, call),
    write: async (object, call) => origin.write(await prepare(object, call), call),
    copy: async (from, to, call) => origin.copy(from, await prepare(to, call), call),
    remove: (keys, call) => origin.remove(keys, call),
    ...(origin.close ? { close: () => origin.close?.() ?? Promise.resolve() } : {}),
  };
}
