import type { Call, KeyRange, Origin, StoredObject } from './contract.ts';

/** A listing as stores hand it out. */
export type ListPages = (range: KeyRange, call: Call) => AsyncIterable<readonly StoredObject[]>;

/** The origin's own pages; of one that lists object by object, each is a page. */
export function pagesOf(origin: Origin): ListPages {
  const listPages = origin.listPages?.bind(origin);
  if (listPages) return listPages;
  return async function* (range, call) {
    for await (const object of origin.list(range, call)) yield [object];
  };
}

/** Both ways to list, out of one. */
export function listingBy(listPages: ListPages): Required<Pick<Origin, 'list' | 'listPages'>> {
  return {
    listPages,
    async *list(range, call) {
      for await (const page of listPages(range, call)) yield* page;
    },
  };
}
