import type { EdgeTraits } from '../provider/contract.ts';
import { readTags, type Tags } from '../tags.ts';
import { type Grove, makeFlatTree, type NamedTree, plantGrove } from './cover/grove.ts';
import type { CoverLimits, TreeCover } from './cover/problem.ts';
import { solveCover } from './cover/solve.ts';
import { type Evicted, noneEvicted, type Standing } from './cover/standing.ts';
import { makeTagTree } from './cover/tag-tree.ts';
import { makeUrlTree } from './cover/url-tree.ts';
import { findWhole } from './cover/whole.ts';
import type { Stale, StalePhase } from './stale.ts';
import { basePath, urlPaths } from './url.ts';

/** What stays as it is, made when it is first asked for. */
export interface Surroundings {
  readonly url: string;
  /** Header that carries tags, if the edge uses them. */
  readonly tagHeader: string | undefined;
  readonly standing: () => Standing;
  readonly standingByTag: () => ReadonlyMap<string, Evicted>;
}

export interface EdgeLimits {
  /** Of the run. */
  readonly items: number;
  /** Most URLs that are named one by one. */
  readonly urls: number;
  readonly itemUsd: number;
  readonly byteUsd: number;
}

/** The items of one phase, what they evict, and what no item covers. */
export interface PhaseCover {
  readonly phase: StalePhase;
  readonly items: readonly string[];
  readonly covered: number;
  readonly evicts: Evicted;
  readonly left: readonly string[];
}

interface Units {
  readonly phase: StalePhase;
  readonly urls: readonly string[];
  readonly tags: readonly Tags[];
}

/** Chooses the items that make one edge forget what is stale, for all phases at once, since limits are those of a run. */
export function coverEdge(
  traits: EdgeTraits,
  stale: ReadonlyMap<StalePhase, readonly Stale[]>,
  limits: EdgeLimits,
  around: Surroundings,
): PhaseCover[] {
  const units = [...stale].map(([phase, some]) => listUnits(phase, some, traits, around));
  const count = units.reduce((sum, { urls, tags }) => sum + urls.length + tags.length, 0);
  // Named one by one, they are free and evict nothing: no need to look at what else there is.
  const isSmall =
    limits.itemUsd === 0 && count <= limits.items && count <= limits.urls && count <= tagLimit(traits, units);
  const needsPrefix = traits.queryStrings === 'cached' && traits.scopes.includes('prefixes');
  const plots = units.flatMap((one) => plotsOf(one, traits, { around, isSmall: isSmall && !needsPrefix, needsPrefix }));
  const hasPrefixes = traits.scopes.includes('prefixes');
  const most: CoverLimits = {
    // What only exact items can cover is told whatever it takes; the provider waits for the rates.
    urls: hasPrefixes ? limits.urls : Number.POSITIVE_INFINITY,
    prefixes: traits.maxPrefixes ?? Number.POSITIVE_INFINITY,
    tags: tagLimit(traits, units),
    items: limits.items,
  };
  const whole = coverWhole(plots, most);
  if (whole !== undefined) return whole;
  const groves = (['prefixes', 'tags'] as const).map((wideScope) =>
    plantGrove(
      plots.filter((plot) => plot.isTags === (wideScope === 'tags')).map((plot) => plot.tree),
      { exactScope: wideScope === 'tags' ? 'tags' : 'paths', wideScope },
    ),
  );
  const prices = { itemUsd: limits.itemUsd, byteUsd: limits.byteUsd };
  let covers = solveCover({ trees: groves, limits: most, prices });
  if (covers.some(({ left }) => left.length > 0)) {
    // Only a budget may leave something stale, never what an edge takes comfortably.
    const none = Number.POSITIVE_INFINITY;
    const onlyBudget = { urls: none, prefixes: none, tags: none, items: limits.items };
    covers = solveCover({ trees: groves, limits: onlyBudget, prices });
  }
  return units.map(({ phase }) => {
    const own = new Set(plots.filter((plot) => plot.phase === phase).map((plot) => plot.tree));
    return { phase, ...nameItems(groves, covers, own) };
  });
}

/** Nothing to search for where one prefix each does it and evicts nothing, as in most first deploys. */
function coverWhole(plots: readonly Plot[], limits: CoverLimits): PhaseCover[] | undefined {
  if (plots.some(({ isTags }) => isTags)) return undefined;
  const found = findWhole(
    plots.map(({ tree }) => tree),
    limits,
  );
  return found?.map(({ item, units }, index) => {
    const { phase = 'mutable' } = plots[index] ?? {};
    return { phase, items: [item], covered: units, evicts: noneEvicted, left: [] };
  });
}

function tagLimit(traits: EdgeTraits, units: readonly Units[]): number {
  const groups = units.reduce((sum, { tags }) => sum + new Set(tags.map(({ directory }) => directory)).size, 0);
  return Math.max(traits.maxTags ?? traits.maxPaths, groups);
}

/** What carried its tags whenever it may have been cached is covered by them, all else by its URLs. */
function listUnits(phase: StalePhase, stale: readonly Stale[], traits: EdgeTraits, around: Surroundings): Units {
  const urls = new Set<string>();
  const tags: Tags[] = [];
  for (const one of stale) {
    const tag = usableTags(one, traits, around.tagHeader);
    if (tag) tags.push(tag);
    else for (const url of urlPaths(around.url, one.key, traits.encoding)) urls.add(url);
  }
  return { phase, urls: [...urls], tags };
}

export function usableTags(
  stale: Stale,
  { scopes, tagging }: EdgeTraits,
  header: string | undefined,
): Tags | undefined {
  if (!tagging || header === undefined || !scopes.includes('tags') || stale.isDrift) return undefined;
  const all = stale.cached.map((file) => readTags(file.headers[header], tagging.separator));
  const [first] = all;
  return all.every((tags) => tags?.file === first?.file && tags?.directory === first?.directory) ? first : undefined;
}

interface Plot {
  readonly phase: StalePhase;
  readonly isTags: boolean;
  readonly tree: NamedTree;
}

function plotsOf(
  { phase, urls, tags }: Units,
  traits: EdgeTraits,
  { around, isSmall, needsPrefix }: { around: Surroundings; isSmall: boolean; needsPrefix: boolean },
): Plot[] {
  const base = basePath(around.url);
  const hasPrefixes = traits.scopes.includes('prefixes') && !isSmall;
  // `/static` beside `/static/` is not below the prefix, and what else begins so may be others'.
  const inside = hasPrefixes ? urls.filter((url) => url.startsWith(base)) : [];
  const outside = hasPrefixes ? urls.filter((url) => !url.startsWith(base)) : urls;
  const plots: Plot[] = [];
  if (outside.length > 0) plots.push({ phase, isTags: false, tree: makeFlatTree(outside) });
  if (inside.length > 0) {
    const { prefixEnd = 'anywhere' } = traits;
    const tree = makeUrlTree(inside, { base, prefixEnd, needsPrefix, standing: around.standing() });
    plots.push({ phase, isTags: false, tree });
  }
  if (tags.length > 0) {
    plots.push({ phase, isTags: true, tree: makeTagTree(tags, isSmall ? new Map() : around.standingByTag()) });
  }
  return plots;
}

function nameItems(
  groves: readonly Grove[],
  covers: readonly TreeCover[],
  own: ReadonlySet<NamedTree>,
): Omit<PhaseCover, 'phase'> {
  const items: string[] = [];
  const left: string[] = [];
  let units = 0;
  let evicts: Evicted = { files: 0, bytes: 0 };
  for (const [at, grove] of groves.entries()) {
    const { exact = [], wide = [], left: uncovered = [] } = covers[at] ?? {};
    const find = (node: number): { tree: NamedTree; index: number } | undefined => {
      const { tree, index } = grove.locate(node);
      const found = grove.trees[tree];
      return found !== undefined && own.has(found) ? { tree: found, index } : undefined;
    };
    for (const node of exact) items.push(...some(find(node), (one) => one.tree.exactItem(one.index)));
    for (const node of uncovered) left.push(...some(find(node), (one) => one.tree.exactItem(one.index)));
    for (const node of wide) {
      const one = find(node);
      if (one === undefined) continue;
      items.push(one.tree.wideItem(one.index));
      const { files, bytes } = one.tree.evicts(one.index);
      evicts = { files: evicts.files + files, bytes: evicts.bytes + bytes };
    }
    for (const tree of grove.trees)
      if (own.has(tree)) units += tree.nodes.filter(({ unit }) => unit !== undefined).length;
  }
  return { items: items.sort(), covered: units - left.length, evicts, left: left.sort() };
}

function some<T>(value: T | undefined, give: (value: T) => string): string[] {
  return value === undefined ? [] : [give(value)];
}
