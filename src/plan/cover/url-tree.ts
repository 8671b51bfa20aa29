import { type Branch, branch, commonAnywhere, commonSegments } from './branches.ts';
import type { NamedTree } from './grove.ts';
import type { CoverNode } from './problem.ts';
import { type Evicted, noneEvicted, type Span, type Standing } from './standing.ts';

export interface UrlTreeOptions {
  /** The path of the public URL, which ends in `/`; all URLs start with it. */
  readonly base: string;
  readonly prefixEnd: 'anywhere' | 'segment';
  /** Whether a path misses copies with query strings, so that prefixes alone cover. */
  readonly needsPrefix: boolean;
  readonly standing: Standing;
}

/** Stale URL paths and the prefixes that cover them. Of prefixes that cover the same ones only the longest counts: it evicts least. */
export function makeUrlTree(urls: readonly string[], options: UrlTreeOptions): NamedTree {
  const { base, prefixEnd, needsPrefix } = options;
  const isSegment = prefixEnd === 'segment';
  const relative = urls.map((url) => url.slice(base.length));
  const names = isSegment ? sortBySegments(relative) : relative.sort();
  const branches = branch(names, isSegment ? commonSegments : commonAnywhere);
  const wide = findPrefixes(branches, names, options);
  const nodes = branches.map(
    ({ parent, isName }, index): CoverNode => ({
      parent,
      unit: !isName ? undefined : needsPrefix ? 'wide' : 'exact',
      wideBytes: wide[index]?.evicts.bytes,
    }),
  );
  return {
    nodes,
    exactItem: (index) => base + (names[branches[index]?.first ?? -1] ?? ''),
    wideItem: (index) => `${base}${wide[index]?.prefix ?? ''}*`,
    evicts: (index) => wide[index]?.evicts ?? noneEvicted,
  };
}

interface Prefix {
  readonly prefix: string;
  readonly evicts: Evicted;
}

function findPrefixes(
  branches: readonly Branch[],
  names: readonly string[],
  { needsPrefix, prefixEnd, standing }: UrlTreeOptions,
): (Prefix | undefined)[] {
  const prefixes: (Prefix | undefined)[] = new Array(branches.length);
  const spans: Span[] = new Array(branches.length);
  for (let index = branches.length - 1; index >= 0; index--) {
    const one = branches[index];
    if (one === undefined) continue;
    const text = (names[one.first] ?? '').slice(0, one.length);
    const within = spans[one.parent] ?? standing.all();
    const span = standing.narrow(text, within);
    spans[index] = span;
    // One URL has an exact item, which costs as much and evicts nothing; a lone branch of the root evicts no more than the root.
    if (!needsPrefix && one.count < 2) continue;
    if (one.parent === -1 && !one.isName && one.children.length === 1) continue;
    const isLone = branches[one.parent]?.children.length === 1 && !branches[one.parent]?.isName;
    const prefix =
      prefixEnd === 'anywhere' && !one.isName
        ? atSlash(text, isLone ? -1 : one.parentLength, within, span, standing)
        : text;
    prefixes[index] = { prefix, evicts: evictedBy(text, prefixEnd, span, standing) };
  }
  return prefixes;
}

function evictedBy(text: string, prefixEnd: 'anywhere' | 'segment', span: Span, standing: Standing): Evicted {
  if (prefixEnd === 'anywhere' || text === '' || text.endsWith('/')) return standing.sum(span);
  const own = standing.sum(standing.at(text, span));
  const below = standing.sum(standing.narrow(`${text}/`, span));
  return { files: own.files + below.files, bytes: own.bytes + below.bytes };
}

/** `/img/*` rather than `/img/a*` where both evict the same. */
function atSlash(text: string, parentLength: number, within: Span, span: Span, standing: Standing): string {
  const end = text.lastIndexOf('/') + 1;
  if (end === text.length || end <= parentLength) return text;
  const shorter = text.slice(0, end);
  return standing.sum(standing.narrow(shorter, within)).files === standing.sum(span).files ? shorter : text;
}

/** So that `/a` and all below `/a/` stand together, before `/a-b`. */
function sortBySegments(names: readonly string[]): string[] {
  return names
    .map((name) => name.replaceAll('/', '\u0001'))
    .sort()
    .map((name) => name.replaceAll('\u0001', '/'));
}
