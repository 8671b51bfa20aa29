import type { ManifestFile } from '../model.ts';
import type { EdgeTraits } from '../provider/contract.ts';
import { type Change, sameHeaders, type World } from './diff.ts';
import type { InvalidateStep, PhaseName } from './types.ts';
import { basePath, urlPaths } from './url.ts';

/** An edge as far as the planner must know it. */
export interface EdgeView {
  readonly name: string;
  readonly traits: EdgeTraits;
}

/** A first deploy naming more paths than this is told as one prefix: nothing of ours can be cached there that is still good. */
const firstDeployPaths = 100;

/** Invalidations come last in their phase. */
export const invalidationWave = 9;

/**
 * Keys whose URLs may be stale at the edges once a phase is done. Taken from manifests and from repairs, never from what one run happened
 * to write, so that a rerun after a failure names the same ones.
 */
export function staleKeys(world: World, changes: readonly Change[]): Map<PhaseName, Set<string>> {
  const keys = new Map<PhaseName, Set<string>>([
    ['mutable', new Set()],
    ['entry', new Set()],
  ]);
  const add = (key: string, phase: PhaseName): void => {
    keys.get(phase === 'entry' ? 'entry' : 'mutable')?.add(key);
  };
  for (const change of changes) {
    // Nobody has asked for a hashed name before a page named it; a new stable name may be cached as a 404.
    if (change.phase !== 'immutable') add(change.file.key, change.phase);
  }
  // A run that finds all as it was wants the live version's own list.
  if (world.live?.files === world.wanted && world.applying === undefined) return keys;
  const live = new Map(world.live?.files.map((file) => [file.key, file]));
  const wanted = new Map(world.wanted.map((file) => [file.key, file]));
  // A crash between a write and its invalidation leaves a key that looks unchanged now: the manifests still tell it.
  for (const file of world.wanted) {
    const before = live.get(file.key);
    const stale = before ? !sameRecord(before, file) : world.live !== undefined && file.class !== 'immutable';
    if (stale) add(file.key, file.class);
  }
  for (const file of world.applying?.files ?? []) {
    if (file.class !== 'immutable' && !sameRecord(live.get(file.key), file)) {
      add(file.key, wanted.get(file.key)?.class ?? 'mutable');
    }
  }
  return keys;
}

function sameRecord(a: ManifestFile | undefined, b: ManifestFile): boolean {
  return a !== undefined && a.sha256 === b.sha256 && sameHeaders(a.headers, b.headers);
}

/** The items of one edge for one phase: exact URLs, or one prefix where that many are worth less than it. */
export function itemsFor(edge: EdgeView, url: string, keys: ReadonlySet<string>, first: boolean): string[] {
  const items = [...new Set([...keys].flatMap((key) => urlPaths(url, key, edge.traits.encoding)))];
  const most = first ? Math.min(firstDeployPaths, edge.traits.maxPaths) : edge.traits.maxPaths;
  if (items.length <= most || !edge.traits.scopes.includes('prefixes')) return items.sort();
  // `/static` beside `/static/` is not below the prefix.
  const base = basePath(url);
  return [...items.filter((item) => !item.startsWith(base)), `${base}*`];
}

export function invalidateSteps(
  edges: readonly EdgeView[],
  url: string,
  keys: ReadonlySet<string>,
  first: boolean,
): InvalidateStep[] {
  if (keys.size === 0) return [];
  return edges.map((edge, index) => ({
    kind: 'invalidate',
    edge: edge.name,
    items: itemsFor(edge, url, keys, first),
    // From the origin's outwards: an outer edge must not refill from a stale inner one.
    wave: invalidationWave + index,
  }));
}
