import type { ManifestFile } from '../model.ts';
import type { EdgeTraits } from '../provider/contract.ts';
import { readTags } from '../tags.ts';
import { type Evicted, Standing } from './cover/standing.ts';
import { coverEdge, type EdgeLimits, type PhaseCover, type Surroundings, usableTags } from './edge-cover.ts';
import { freshSeconds, type Stale, type StalePhase } from './stale.ts';
import type { InvalidateStep, LeftStale } from './types.ts';
import { urlPaths } from './url.ts';

/** An edge as far as the planner must know it. */
export interface EdgeView {
  readonly name: string;
  readonly traits: EdgeTraits;
}

/** How much an environment lets invalidations cost. */
export interface InvalidationPolicy {
  /** Most of one run, over all edges. */
  readonly budget: { readonly usd?: number; readonly items?: number };
  /** What an edge's fetching a gigabyte of unchanged objects again counts for, in US dollars. */
  readonly refillUsdPerGB: number;
  /** Runs that share a month's free items. */
  readonly runsPerMonth: number;
}

/** A file that stays as it is. */
export type StandingFile = Pick<ManifestFile, 'key' | 'size' | 'headers'>;

export interface InvalidationInputs {
  readonly edges: readonly EdgeView[];
  readonly url: string;
  readonly policy: InvalidationPolicy;
  readonly stale: ReadonlyMap<StalePhase, readonly Stale[]>;
  /** Sorted by key in UTF-8 byte order. */
  readonly standing: () => readonly StandingFile[];
  /** Header that carries an edge's tags at this origin. */
  readonly tagHeader: (traits: EdgeTraits) => string | undefined;
  /** Nothing was live before. */
  readonly isFirst: boolean;
}

export interface Invalidations {
  readonly steps: ReadonlyMap<StalePhase, readonly InvalidateStep[]>;
  /** What the budget leaves as it is. */
  readonly left: readonly LeftStale[];
}

/** A first deploy naming more URLs than this is told as one prefix: nothing of ours can be cached there that is still good. */
const firstDeployUrls = 100;

const bytesPerGB = 1e9;

/** Invalidations come last in their phase. */
const invalidationWave = 9;

/** The items for each edge and phase, within the budget. Edges are told from the origin's outwards, for an outer one must not refill from a stale inner one. */
export function planInvalidations(inputs: InvalidationInputs): Invalidations {
  const { edges, policy } = inputs;
  const steps = new Map<StalePhase, InvalidateStep[]>();
  const left: LeftStale[] = [];
  const standing = lazily(() => new Standing(inputs.standing()));
  let { usd = Number.POSITIVE_INFINITY, items = Number.POSITIVE_INFINITY } = policy.budget;
  for (const [index, edge] of edges.entries()) {
    const { perItemUsd } = edge.traits.price;
    // What is left of the budget is shared evenly by the edges that are left.
    const waiting = edges.slice(index);
    const shareUsd = usd / waiting.filter((one) => one.traits.price.perItemUsd > 0).length;
    const affordable = perItemUsd > 0 ? Math.floor(shareUsd / perItemUsd + 1e-9) : Number.POSITIVE_INFINITY;
    const most = Math.min(affordable, Math.floor(items / waiting.length));
    for (const cover of coverWithin(inputs, edge, { most, standing })) {
      usd -= cover.items.length * perItemUsd;
      items -= cover.items.length;
      left.push(...describeLeft(inputs, edge, cover));
      if (cover.items.length === 0) continue;
      const list = steps.get(cover.phase) ?? [];
      list.push(toStep(edge, cover, invalidationWave + index));
      steps.set(cover.phase, list);
    }
  }
  return { steps, left };
}

function coverWithin(
  inputs: InvalidationInputs,
  edge: EdgeView,
  { most, standing }: { most: number; standing: () => Standing },
): PhaseCover[] {
  const { stale, policy, url, isFirst } = inputs;
  const { traits } = edge;
  const filled = new Map([...stale].filter(([, some]) => some.length > 0));
  if (filled.size === 0) return [];
  const tagHeader = inputs.tagHeader(traits);
  const around: Surroundings = {
    url,
    tagHeader,
    standing,
    standingByTag: lazily(() => sumByTag(inputs.standing(), traits, tagHeader)),
  };
  const limits: EdgeLimits = {
    items: most,
    urls: isFirst ? Math.min(traits.maxPaths, firstDeployUrls) : traits.maxPaths,
    itemUsd: isWithinAllowance(inputs, edge) ? 0 : traits.price.perItemUsd,
    byteUsd: policy.refillUsdPerGB / bytesPerGB,
  };
  const covers = coverEdge(traits, filled, limits, around);
  const isShort = covers.some(({ left }) => left.length > 0);
  if (!isShort || filled.size < 2) return covers;
  // Told once, at the end, it may be enough: better a moment late than stale.
  const together = coverEdge(traits, new Map([['entry', [...filled.values()].flat()]]), limits, around);
  const count = (some: readonly PhaseCover[]): number => some.reduce((sum, { left }) => sum + left.length, 0);
  return count(together) < count(covers) ? together : covers;
}

/** Whether all URLs, named one by one, fit into this run's share of the month's free items, so that they cost nothing. */
function isWithinAllowance({ edges, policy, stale, url }: InvalidationInputs, { traits }: EdgeView): boolean {
  const { perItemUsd, freePerMonth } = traits.price;
  const sharers = edges.filter((one) => one.traits.price.perItemUsd > 0).length;
  const free = perItemUsd > 0 ? Math.floor(freePerMonth / policy.runsPerMonth / sharers) : Number.POSITIVE_INFINITY;
  let needed = 0;
  for (const some of stale.values()) {
    if (needed + some.length > free) return false;
    for (const { key } of some) needed += urlPaths(url, key, traits.encoding).length;
  }
  return needed <= free;
}

function toStep(edge: EdgeView, { items, covered, evicts }: PhaseCover, wave: number): InvalidateStep {
  const usd = Math.round(items.length * edge.traits.price.perItemUsd * 1e6) / 1e6;
  return { kind: 'invalidate', edge: edge.name, items, covers: covered, usd, evicts, wave };
}

/** What the budget leaves, with how long it may stay. */
function describeLeft(inputs: InvalidationInputs, edge: EdgeView, { left }: PhaseCover): LeftStale[] {
  if (left.length === 0) return [];
  const { url, stale } = inputs;
  const owners = new Map<string, Stale>();
  for (const one of [...stale.values()].flat()) {
    const tags = usableTags(one, edge.traits, inputs.tagHeader(edge.traits));
    if (tags) owners.set(`#${tags.file}`, one);
    for (const path of urlPaths(url, one.key, edge.traits.encoding)) owners.set(path, one);
  }
  return left.flatMap((item) => {
    const owner = owners.get(item);
    const times = (owner?.cached ?? []).map((file) => freshSeconds(file.headers));
    const known = times.filter((seconds) => seconds !== undefined);
    const seconds = times.length > 0 && known.length === times.length ? Math.max(...known) : null;
    const paths = item.startsWith('#') && owner ? urlPaths(url, owner.key, edge.traits.encoding) : [item];
    return paths.map((path) => ({ edge: edge.name, path, seconds }));
  });
}

function sumByTag(
  standing: readonly StandingFile[],
  { tagging }: EdgeTraits,
  header: string | undefined,
): Map<string, Evicted> {
  const sums = new Map<string, { files: number; bytes: number }>();
  for (const file of standing) {
    const tags = header && tagging ? readTags(file.headers[header], tagging.separator) : undefined;
    if (!tags) continue;
    const sum = sums.get(tags.directory) ?? { files: 0, bytes: 0 };
    sum.files++;
    sum.bytes += file.size;
    sums.set(tags.directory, sum);
  }
  return sums;
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
