import { PlanError } from '../errors/errors.ts';
import type { InventoryEntry } from '../manifest/inventory.ts';
import { objectsPrefix } from '../manifest/keys.ts';
import type { StoredObject } from '../provider/contract.ts';
import { canonicalJson } from './digest.ts';
import { itemsToForget } from './forget.ts';
import type { EdgeView, InvalidationPolicy, StandingFile } from './invalidation.ts';
import { findLosses } from './losses.ts';
import type { Marks, NamedKey, Takedown } from './marks.ts';
import type { Departure, KeptBody, Loss, PruneMode, PrunePlan, RemovedKey } from './prune-types.ts';
import type { Owed, Warning } from './types.ts';

/** What stands at a key, proven to be ours. */
export interface Standing {
  readonly etag: string;
  readonly sha256: string;
  readonly size: number;
}

export interface PruneInputs {
  readonly mode: PruneMode;
  readonly environment: string;
  readonly cdnUrl: string;
  readonly live: number;
  readonly owed: readonly Owed[];
  readonly versions: readonly Departure[];
  readonly kept: readonly number[];
  readonly marks: Marks;
  /** Documents of stages that go, sorted by key. */
  readonly stages: readonly RemovedKey[];
  /** Chunks that go, in the order of their listing. */
  readonly chunks: readonly RemovedKey[];
  /** For mode `takedown`. */
  readonly takedown: Takedown | undefined;
  /** What `live` says already. */
  readonly unrestorable: readonly Loss[];
  /** What stands at the candidates' keys, where it is ours. */
  readonly standing: ReadonlyMap<string, Standing>;
  readonly foreign: readonly string[];
  readonly listing: ReadonlyMap<string, StoredObject>;
  readonly inventory: ReadonlyMap<string, InventoryEntry>;
  readonly edges: readonly EdgeView[];
  readonly invalidation: InvalidationPolicy;
}

/** The keys that go if what stands there is ours. */
export function findCandidates(mode: PruneMode, marks: Marks, takedown?: Takedown): Map<string, NamedKey> {
  const goes = (key: string, named: NamedKey): boolean => {
    if (mode === 'versions') return named.isLeft && !named.isKept;
    if (mode === 'removed') return named.isStable && !named.isServed;
    return takedown?.keys.has(key) === true;
  };
  return new Map([...marks.keys].filter(([key, named]) => goes(key, named)));
}

/** Throws TAKEDOWN_LIVE. */
export function planPrune(inputs: PruneInputs): PrunePlan {
  const { mode, marks, takedown, standing } = inputs;
  refuseServed(inputs);
  const keys = sorted([...standing].map(([key, { size }]) => ({ key, size })));
  const objects = sorted(findObjects(inputs));
  const homes = findHomes(inputs, new Set([...keys, ...objects].map(({ key }) => key)));
  const unrestorable = takedown ? findLosses(marks, homes, inputs.unrestorable) : [];
  refuseUnfinishable(inputs, homes);
  const stale = keysToForget(inputs, keys.length + objects.length + unrestorable.length > 0);
  return {
    kind: 'prune',
    format: 1,
    environment: inputs.environment,
    mode,
    live: inputs.live,
    versions: inputs.versions,
    kept: inputs.kept,
    keys,
    objects,
    keeps: takedown ? [] : findKeeps(standing, marks.needed, homes),
    stages: inputs.stages,
    chunks: inputs.chunks,
    bytes: [...keys, ...objects].reduce((sum, { size }) => sum + size, 0),
    unrestorable,
    invalidations: itemsToForget(stale, {
      edges: inputs.edges,
      url: inputs.cdnUrl,
      policy: inputs.invalidation,
      standing: () => served(inputs),
    }),
    owed: inputs.owed,
    foreign: [...inputs.foreign].sort(),
    warnings: sharedWarnings(inputs, homes),
  };
}

export function isEmptyPrune(plan: PrunePlan): boolean {
  const { versions, keys, objects, stages, chunks, unrestorable, owed } = plan;
  return [versions, keys, objects, stages, chunks, unrestorable, owed].every((part) => part.length === 0);
}

/** Whether two plans remove and mark the same; for one that was confirmed before the lock was there. */
export function isSamePrune(a: PrunePlan, b: PrunePlan): boolean {
  const decisive = ({ live, versions, keys, objects, unrestorable }: PrunePlan): string =>
    canonicalJson({ live, versions, keys, objects, unrestorable });
  return decisive(a) === decisive(b);
}

function sorted(keys: RemovedKey[]): RemovedKey[] {
  return keys.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Bodies that no manifest names stay: they are what others had at a key that was adopted. */
function findObjects({ mode, marks, takedown, listing }: PruneInputs): RemovedKey[] {
  const goes = (sha256: string): boolean =>
    mode === 'takedown'
      ? takedown?.digests.has(sha256) === true
      : mode === 'versions' && marks.released.has(sha256) && !marks.needed.has(sha256);
  const found: RemovedKey[] = [];
  for (const { key, size } of listing.values()) {
    if (key.startsWith(objectsPrefix) && goes(key.slice(objectsPrefix.length))) found.push({ key, size });
  }
  return found;
}

/** By sha256, a key where that body stands afterwards, as our records and the listing agree. */
function findHomes({ inventory, listing }: PruneInputs, removed: ReadonlySet<string>): Map<string, string> {
  const homes = new Map<string, string>();
  for (const [key, { sha256, etag, size }] of inventory) {
    const listed = listing.get(key);
    if (!removed.has(key) && listed?.etag === etag && listed.size === size) homes.set(sha256, key);
  }
  return homes;
}

/** Bodies that are needed and would have no home. */
function findKeeps(
  standing: PruneInputs['standing'],
  needed: ReadonlySet<string>,
  homes: ReadonlyMap<string, string>,
): KeptBody[] {
  const keeps = new Map<string, KeptBody>();
  for (const [key, { etag, sha256, size }] of standing) {
    if (needed.has(sha256) && !homes.has(sha256)) keeps.set(sha256, { key, etag, sha256, size });
  }
  return [...keeps.values()];
}

/**
 * Stable keys were cached under URLs that live with them; nobody asks for a hashed one whose pages are gone. A takedown must reach every
 * copy, also of keys that the origin lost earlier.
 */
function keysToForget({ mode, marks, takedown, standing }: PruneInputs, isAnything: boolean): Set<string> {
  if (mode === 'takedown') return new Set(isAnything ? takedown?.keys : []);
  return new Set([...standing.keys()].filter((key) => marks.keys.get(key)?.isStable));
}

function served({ inventory, marks }: PruneInputs): StandingFile[] {
  return [...inventory].flatMap(([key, { size, headers }]) =>
    marks.keys.get(key)?.isServed ? [{ key, size, headers }] : [],
  );
}

function refuseServed({ marks, takedown, environment }: PruneInputs): void {
  const served = [...(takedown?.keys ?? [])].filter((key) => marks.keys.get(key)?.isServed);
  if (served.length > 0) throw stillLive(environment, served, 'are files of the live version');
}

/** A version that is being applied must not lose the only body that can finish it. */
function refuseUnfinishable({ marks, environment }: PruneInputs, homes: ReadonlyMap<string, string>): void {
  const lost = marks.shared.filter(({ isServed, sha256 }) => isServed && !homes.has(sha256)).map(({ key }) => key);
  if (lost.length > 0) throw stillLive(environment, lost, 'have the same bytes in a version that is being applied');
}

function stillLive(environment: string, keys: readonly string[], what: string): PlanError {
  const more = keys.length > 5 ? ` and ${keys.length - 5} more` : '';
  return new PlanError(
    'TAKEDOWN_LIVE',
    `${keys.slice(0, 5).join(', ')}${more} ${what} in ${environment}. Nothing was changed.`,
    { hint: 'Deploy without these files first, then take them down.' },
  );
}

function sharedWarnings({ marks }: PruneInputs, homes: ReadonlyMap<string, string>): Warning[] {
  const keys = [...new Set(marks.shared.flatMap(({ sha256 }) => homes.get(sha256) ?? []))];
  if (keys.length === 0) return [];
  const more = keys.length > 5 ? ` and ${keys.length - 5} more` : '';
  return [
    {
      code: 'SAME_BYTES',
      message: `The same bytes also stand at ${keys.slice(0, 5).join(', ')}${more}, which the pattern does not match; they stay there`,
    },
  ];
}
