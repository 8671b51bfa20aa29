import type { ManifestFile } from '../model.ts';
import { type Change, sameHeaders, type World } from './diff.ts';
import type { PhaseName } from './types.ts';

/** A key whose URLs may be stale at the edges once its phase is done. */
export interface Stale {
  readonly key: string;
  /** What visitors may have been given under it, as far as manifests tell; nothing for a name that was not there. */
  readonly cached: readonly ManifestFile[];
  /** Somebody else may have put something there, or taken it away. */
  readonly isDrift: boolean;
}

export type StalePhase = Exclude<PhaseName, 'immutable'>;

/**
 * What edges must forget after each phase. Taken from manifests and from repairs, never from what one run happened to write, so that a rerun
 * after a failure names the same. New hashed names are not among it: nobody has asked for one before a page named it.
 */
export function findStale(world: World, changes: readonly Change[]): Map<StalePhase, Stale[]> {
  // A run that finds all as it was wants the live version's own list.
  if (changes.length === 0 && world.live?.files === world.wanted && world.applying === undefined) return new Map();
  const live = new Map(world.live?.files.map((file) => [file.key, file]));
  const applying = new Map(world.applying?.files.map((file) => [file.key, file]));
  const phases = new Map<StalePhase, Map<string, Stale>>([
    ['mutable', new Map()],
    ['entry', new Map()],
  ]);
  const add = (key: string, phase: PhaseName, isDrift: boolean): void => {
    const known = phases.get(phase === 'entry' ? 'entry' : 'mutable');
    const cached = [live.get(key), applying.get(key)].filter((file) => file !== undefined);
    known?.set(key, { key, cached, isDrift: isDrift || (known.get(key)?.isDrift ?? false) });
  };
  for (const change of changes) {
    // A new stable name may be cached as a 404.
    if (change.phase !== 'immutable') add(change.file.key, change.phase, isDrift(change));
  }
  const wanted = new Map(world.wanted.map((file) => [file.key, file]));
  // A crash between a write and its invalidation leaves a key that looks unchanged now: the manifests still tell it.
  for (const file of world.wanted) {
    const before = live.get(file.key);
    const stale = before ? !sameRecord(before, file) : world.live !== undefined && file.class !== 'immutable';
    if (stale) add(file.key, file.class, false);
  }
  for (const file of world.applying?.files ?? []) {
    if (file.class !== 'immutable' && !sameRecord(live.get(file.key), file)) {
      add(file.key, wanted.get(file.key)?.class ?? 'mutable', false);
    }
  }
  return new Map([...phases].map(([phase, keys]) => [phase, [...keys.values()]]));
}

/** Files that stay as they are under names that stay as they are: what an item that reaches further than it must evicts. */
export function findStanding(world: World, stale: ReadonlyMap<StalePhase, readonly Stale[]>): ManifestFile[] {
  const gone = new Set([...stale.values()].flatMap((some) => some.map(({ key }) => key)));
  const live = new Map(world.live?.files.map((file) => [file.key, file]));
  return world.wanted.filter((file) => !gone.has(file.key) && live.has(file.key));
}

function isDrift({ reason, seen }: Change): boolean {
  return reason === 'missing' || reason === 'altered' || seen?.ours === false || seen?.altered === true;
}

function sameRecord(a: ManifestFile | undefined, b: ManifestFile): boolean {
  return a !== undefined && a.sha256 === b.sha256 && sameHeaders(a.headers, b.headers);
}

/** How long an edge may go on serving a copy with these headers, in seconds; `undefined`: the edge decides. */
export function freshSeconds(headers: Readonly<Record<string, string>>): number | undefined {
  const directives = (headers['cache-control'] ?? '').toLowerCase().split(',');
  const read = (name: string): number | undefined => {
    const found = directives.map((one) => one.trim()).find((one) => one.startsWith(`${name}=`));
    const seconds = Number(found?.slice(name.length + 1).replaceAll('"', ''));
    return found !== undefined && Number.isInteger(seconds) && seconds >= 0 ? seconds : undefined;
  };
  const isKept = !directives.some((one) => /^\s*(no-store|no-cache|private)\b/.test(one));
  return isKept ? (read('s-maxage') ?? read('max-age')) : 0;
}
