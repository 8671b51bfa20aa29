import { WaybillError } from '../errors/errors.ts';
import type { Origin } from './contract.ts';
import { listingBy, pagesOf } from './pages.ts';

/** For commands that promise to change nothing: every write is a bug and throws. */
export function readonlyOrigin(origin: Origin): Origin {
  const refuse = (operation: string): Promise<never> =>
    Promise.reject(new WaybillError('INTERNAL', `A read-only command tried to ${operation} at ${origin.name}`));
  return {
    name: origin.name,
    traits: origin.traits,
    ...listingBy(pagesOf(origin)),
    read: (key, call) => origin.read(key, call),
    head: (key, call) => origin.head(key, call),
    write: (object) => refuse(`write ${object.key}`),
    copy: (_from, to) => refuse(`copy to ${to.key}`),
    remove: () => refuse('remove'),
    ...(origin.close ? { close: () => origin.close?.() ?? Promise.resolve() } : {}),
  };
}
