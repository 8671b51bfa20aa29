import type { CoverTree } from './problem.ts';

/**
 * A node of the tree with what stands directly below it: its own unit and its children that are no more than a unit. Nodes with many other
 * children are split in two, so that there are two branches at most.
 */
export interface Place {
  /** Index in the list of places. */
  readonly order: number;
  /** Index of the node; -1 where it only holds branches together. */
  readonly index: number;
  readonly branches: readonly Place[];
  parent: Place | undefined;
  /** Indices of units that exact items can cover, and of those that only wide ones can. */
  readonly units: readonly number[];
  readonly bare: readonly number[];
  readonly wideBytes: number | undefined;
}

/** In postorder, the root last. */
export function makePlaces({ nodes }: CoverTree): Place[] {
  const places: Place[] = [];
  const add = (place: Omit<Place, 'parent' | 'order'>): Place => {
    const added: Place = { ...place, order: places.length, parent: undefined };
    for (const one of place.branches) one.parent = added;
    places.push(added);
    return added;
  };
  const hold = (some: readonly Place[]): Place[] => {
    if (some.length < 3) return [...some];
    const middle = some.length >> 1;
    return [some.slice(0, middle), some.slice(middle)].flatMap((half) => {
      const branches = hold(half);
      return branches.length < 2 ? branches : [add({ index: -1, branches, units: [], bare: [], wideBytes: undefined })];
    });
  };
  const waiting = new Map<number, { branches: Place[]; units: number[]; bare: number[] }>();
  for (const [index, { parent, unit, wideBytes }] of nodes.entries()) {
    const { branches, units, bare } = waiting.get(index) ?? { branches: [], units: [], bare: [] };
    waiting.delete(index);
    if (unit === 'exact') units.push(index);
    if (unit === 'wide') bare.push(index);
    const above = waiting.get(parent) ?? { branches: [], units: [], bare: [] };
    waiting.set(parent, above);
    if (branches.length === 0 && wideBytes === undefined && parent !== -1) {
      // One by one: a folder may hold more files than a call takes arguments.
      for (const one of units) above.units.push(one);
      for (const one of bare) above.bare.push(one);
    } else above.branches.push(add({ index, branches: hold(branches), units, bare, wideBytes }));
  }
  return places;
}
