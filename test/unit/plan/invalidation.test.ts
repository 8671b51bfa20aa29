import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareUtf8 } from '../../../src/byte-order.ts';
import type { ManifestFile } from '../../../src/model.ts';
import {
  type EdgeView,
  type InvalidationInputs,
  type Invalidations,
  planInvalidations,
} from '../../../src/plan/invalidation.ts';
import type { Stale, StalePhase } from '../../../src/plan/stale.ts';
import { urlPaths } from '../../../src/plan/url.ts';
import type { EdgeTraits } from '../../../src/provider/contract.ts';
import { sortItems } from '../../../src/provider/items.ts';
import { file } from './worlds.ts';

const url = 'https://x/static/';

/** An edge that is free of charge, as most are. */
function makeEdge(traits: Partial<EdgeTraits> = {}, name = 'edge'): EdgeView {
  const free = { perItemUsd: 0, freePerMonth: 0 };
  return { name, traits: { scopes: ['paths', 'prefixes'], encoding: 'uri', maxPaths: 3000, price: free, ...traits } };
}

/** As CloudFront. */
const priced: Partial<EdgeTraits> = { maxPrefixes: 15, price: { perItemUsd: 0.005, freePerMonth: 1000 } };

interface Site {
  readonly mutable?: readonly string[];
  readonly entry?: readonly string[];
  readonly standing?: readonly ManifestFile[];
  readonly budget?: InvalidationInputs['policy']['budget'];
  readonly isFirst?: boolean;
}

function plan(edges: readonly EdgeView[], site: Site): Invalidations {
  const toStale = (keys: readonly string[] = []): Stale[] =>
    keys.map((key) => ({ key, cached: [file(key, '1')], isDrift: false }));
  return planInvalidations({
    edges,
    url,
    policy: { budget: site.budget ?? {}, refillUsdPerGB: 0.09, runsPerMonth: 30 },
    stale: new Map<StalePhase, Stale[]>([
      ['mutable', toStale(site.mutable)],
      ['entry', toStale(site.entry)],
    ]),
    standing: () => [...(site.standing ?? [])].sort((a, b) => compareUtf8(a.key, b.key)),
    tagHeader: () => undefined,
    isFirst: site.isFirst ?? false,
  });
}

function items({ steps }: Invalidations, phase: StalePhase = 'mutable'): readonly string[] | undefined {
  return steps.get(phase)?.[0]?.items;
}

const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `f${i}.css`);
const big = { ...file('video.mp4', '1'), size: 5_000_000_000 };

describe('items', () => {
  test('trap 6: more URLs than an edge takes become prefixes, and never more items than it takes', () => {
    expect(items(plan([makeEdge()], { mutable: names(3000) }))).toHaveLength(3000);
    expect(items(plan([makeEdge()], { mutable: names(3001) }))).toEqual(['/static/*']);
    expect(items(plan([makeEdge(priced)], { mutable: names(4000), standing: [big] }))).toEqual(['/static/f*']);
  });

  test("URLs that a run's share of the free items covers are named one by one", () => {
    expect(items(plan([makeEdge(priced)], { mutable: names(33) }))).toHaveLength(33);
    expect(items(plan([makeEdge(priced)], { mutable: names(34) }))).toEqual(['/static/*']);
  });

  test('where neighbours are dear, exact URLs are cheaper than a prefix', () => {
    const standing = names(40).map((key) => ({ ...file(`f${key}`, '1'), size: 10_000_000_000 }));
    const { steps } = plan([makeEdge(priced)], { mutable: names(40), standing });
    // Those whose names begin like no other file's may share prefixes.
    expect(steps.get('mutable')?.[0]).toMatchObject({ evicts: { files: 0, bytes: 0 }, covers: 40 });
  });

  test('a prefix says what it costs and evicts', () => {
    const standing = [{ ...file('img/old.png', '1'), size: 700 }, big];
    const mutable = names(40).map((name) => `img/${name}`);
    const { steps } = plan([makeEdge(priced)], { mutable: [...mutable, 'img/a.css', 'img/z.css'], standing });
    expect(steps.get('mutable')?.[0]).toEqual({
      kind: 'invalidate',
      edge: 'edge',
      items: ['/static/img/*'],
      covers: 42,
      usd: 0.005,
      evicts: { files: 1, bytes: 700 },
      wave: 9,
    });
  });

  test('a prefix does not cover the folder of the base URL without its slash, which is told beside it', () => {
    expect(items(plan([makeEdge()], { mutable: ['index.html', ...names(3000)] }))).toEqual(['/static', '/static/*']);
  });

  test('an edge that knows no prefixes is told every path', () => {
    expect(items(plan([makeEdge({ scopes: ['paths'] })], { mutable: names(3001) }))).toHaveLength(3001);
  });

  test('a first deploy of many files is one prefix', () => {
    expect(items(plan([makeEdge()], { mutable: names(100), isFirst: true }))).toHaveLength(100);
    expect(items(plan([makeEdge()], { mutable: names(101), isFirst: true }))).toEqual(['/static/*']);
  });

  test('trap 7: several edges are told one after the other, each with items of its own', () => {
    const steps = plan([makeEdge(), makeEdge({}, 'outer')], { mutable: names(2) }).steps.get('mutable') ?? [];
    expect(steps.map((step) => step.edge)).toEqual(['edge', 'outer']);
    expect(steps[0]?.wave).toBeLessThan(steps[1]?.wave ?? 0);
    expect(steps[0]?.items).not.toBe(steps[1]?.items);
  });

  test('where query strings are cached, prefixes take the place of paths', () => {
    const edge = makeEdge({ queryStrings: 'cached' });
    expect(items(plan([edge], { mutable: ['a.css', 'b/index.html'], standing: [big] }))).toEqual([
      '/static/a.css*',
      '/static/b*',
    ]);
  });
});

describe('a budget', () => {
  test('is kept, and what it cannot pay for is named with the time it may stay', () => {
    const edge = makeEdge({ scopes: ['paths'] });
    const { steps, left } = plan([edge], { mutable: names(3), budget: { items: 2 } });
    expect(steps.get('mutable')?.[0]?.items).toHaveLength(2);
    expect(left).toEqual([{ edge: 'edge', path: expect.stringMatching(/^\/static\/f\d\.css$/), seconds: 86_400 }]);
  });

  test('makes prefixes of URLs before it leaves any', () => {
    const site = { mutable: ['a/1.css', 'a/2.css', 'b/3.css'], standing: [big] };
    expect(items(plan([makeEdge(priced)], { ...site, budget: { usd: 0.011 } }))).toEqual([
      '/static/a/*',
      '/static/b/3.css',
    ]);
    expect(items(plan([makeEdge(priced)], { ...site, budget: { items: 1 } }))).toEqual(['/static/*']);
  });

  test('tells everything once at the end where it does not allow one item for each phase', () => {
    const told = plan([makeEdge()], { mutable: ['a.css'], entry: ['b.html'], budget: { items: 1 } });
    expect(items(told)).toBeUndefined();
    expect(items(told, 'entry')).toEqual(['/static/*']);
    expect(told.left).toEqual([]);
  });

  test('is shared by the edges', () => {
    const edges = [makeEdge(priced), makeEdge(priced, 'outer')];
    const { steps } = plan(edges, { mutable: ['a/1.css', 'b/2.css'], budget: { usd: 0.015 } });
    expect(steps.get('mutable')?.map((step) => step.items.length)).toEqual([1, 2]);
  });
});

const part = fc.constantFrom('a', 'b', 'img', '/', '/', '-', '+', ' ', '\u00e9', 'index.html', '/index.html');
const key = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('').replace(/^\/+/, '') || 'x');
const traits: fc.Arbitrary<Partial<EdgeTraits>> = fc.record({
  scopes: fc.constantFrom<EdgeTraits['scopes']>(['paths', 'prefixes'], ['paths']),
  encoding: fc.constantFrom<EdgeTraits['encoding']>('uri', 'cloudfront'),
  maxPaths: fc.integer({ min: 1, max: 9 }),
  maxPrefixes: fc.integer({ min: 1, max: 4 }),
  prefixEnd: fc.constantFrom<EdgeTraits['prefixEnd'] & string>('anywhere', 'segment'),
  queryStrings: fc.constantFrom<EdgeTraits['queryStrings'] & string>('ignored', 'cached'),
  price: fc.constantFrom({ perItemUsd: 0, freePerMonth: 0 }, { perItemUsd: 0.005, freePerMonth: 60 }),
});

/** Whether an edge with these traits forgets the URL, with a query string where it keeps those apart. */
function forgets(told: readonly string[], path: string, { prefixEnd, queryStrings, scopes }: EdgeTraits): boolean {
  const { paths, prefixes } = sortItems(told);
  const isExactEnough = queryStrings !== 'cached' || !scopes.includes('prefixes') || !path.startsWith('/static/');
  if (isExactEnough && paths.includes(path)) return true;
  return prefixes.some((prefix) =>
    prefixEnd === 'segment' && !prefix.endsWith('/')
      ? path === prefix || path.startsWith(`${prefix}/`)
      : path.startsWith(prefix),
  );
}

test('traps 6 and 14: every URL of every stale key is forgotten or named, within the budget', () => {
  const sites = fc.record({
    keys: fc.uniqueArray(key, { maxLength: 14 }),
    standing: fc.uniqueArray(key, { maxLength: 8 }),
    cut: fc.nat(14),
    most: fc.option(fc.nat(8), { nil: undefined }),
    traits,
  });
  fc.assert(
    fc.property(sites, ({ keys, standing, cut, most, traits: some }) => {
      const edge = makeEdge(some);
      const phases = { mutable: keys.slice(0, cut), entry: keys.slice(cut) };
      const still = standing.filter((one) => !keys.includes(one)).map((one) => file(one, '1'));
      const { steps, left } = plan([edge], {
        ...phases,
        standing: still,
        ...(most === undefined ? {} : { budget: { items: most } }),
      });
      const told = { mutable: steps.get('mutable')?.[0]?.items ?? [], entry: steps.get('entry')?.[0]?.items ?? [] };
      const count = told.mutable.length + told.entry.length;
      if (most === undefined) expect(left).toEqual([]);
      else expect(count).toBeLessThanOrEqual(most);
      for (const phase of ['mutable', 'entry'] as const) {
        for (const path of phases[phase].flatMap((one) => urlPaths(url, one, edge.traits.encoding))) {
          const isNamed = left.some((one) => one.path === path);
          // What the mutable phase made stale may be told at the end.
          const heard = phase === 'mutable' ? [...told.mutable, ...told.entry] : told.entry;
          expect(isNamed || forgets(heard, path, edge.traits)).toBe(true);
        }
      }
      expect(
        plan([edge], { ...phases, standing: still, ...(most === undefined ? {} : { budget: { items: most } }) }),
      ).toEqual({ steps, left });
    }),
    { numRuns: 1_500 },
  );
});
