import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeFlatTree, type NamedTree, plantGrove } from '../../../../src/plan/cover/grove.ts';
import type { CoverLimits } from '../../../../src/plan/cover/problem.ts';
import { solveCover } from '../../../../src/plan/cover/solve.ts';
import { Standing } from '../../../../src/plan/cover/standing.ts';
import { makeUrlTree } from '../../../../src/plan/cover/url-tree.ts';
import { findWhole } from '../../../../src/plan/cover/whole.ts';

const none = Number.POSITIVE_INFINITY;
const limitsOf = (some: Partial<CoverLimits>): CoverLimits => ({
  urls: none,
  prefixes: none,
  tags: none,
  items: none,
  ...some,
});

function plant(keys: readonly string[], standing: readonly string[] = []): NamedTree {
  const files = [...standing].sort().map((key) => ({ key, size: 5 }));
  const urls = keys.map((key) => `/s/${key}`);
  return makeUrlTree(urls, { base: '/s/', prefixEnd: 'anywhere', needsPrefix: false, standing: new Standing(files) });
}

/** What the search finds, by name. */
function search(trees: readonly NamedTree[], limits: CoverLimits, itemUsd: number): string[] {
  const grove = plantGrove(trees, { exactScope: 'paths', wideScope: 'prefixes' });
  const [cover] = solveCover({ trees: [grove], limits, prices: { itemUsd, byteUsd: 1e-9 } });
  return (cover?.wide ?? []).concat(cover?.exact ?? []).map((node) => {
    const { tree, index } = grove.locate(node);
    return cover?.wide.includes(node) ? (trees[tree]?.wideItem(index) ?? '') : (trees[tree]?.exactItem(index) ?? '');
  });
}

const key = fc
  .array(fc.constantFrom('a', 'b', 'ab', '/', '-', '.'), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.join(''));
const keys = fc.uniqueArray(key, { minLength: 1, maxLength: 12 });

describe('one prefix for all', () => {
  test('is what the search finds, where it is found at once', () => {
    let found = 0;
    const sites = fc.tuple(
      fc.array(keys, { minLength: 1, maxLength: 2 }),
      fc.array(key, { maxLength: 2 }),
      fc.integer({ min: 1, max: 6 }),
      fc.constantFrom(0, 0.005),
    );
    fc.assert(
      fc.property(sites, ([phases, standing, urls, itemUsd]) => {
        const trees = phases.map((stale) => plant(stale, standing));
        const whole = findWhole(trees, limitsOf({ urls }));
        if (whole === undefined) return;
        found += 1;
        expect(whole.map(({ item }) => item).sort()).toEqual(search(trees, limitsOf({ urls }), itemUsd).sort());
        expect(whole.map(({ units }) => units)).toEqual(phases.map((stale) => stale.length));
      }),
      { numRuns: 2_000 },
    );
    expect(found).toBeGreaterThan(200);
  });

  test('is left to the search where something would be evicted, limits allow exact items, or prefixes do not cover', () => {
    const stale = ['a/1', 'a/2', 'b/3'];
    expect(findWhole([plant(stale)], limitsOf({ urls: 2 }))).toEqual([{ item: '/s/*', units: 3 }]);
    expect(findWhole([plant(['a/1', 'a/2', 'a/3'], ['b'])], limitsOf({ urls: 2 }))).toEqual([
      { item: '/s/a/*', units: 3 },
    ]);
    expect(findWhole([plant(stale, ['c'])], limitsOf({ urls: 2 }))).toBeUndefined();
    expect(findWhole([plant(stale)], limitsOf({ urls: 3 }))).toBeUndefined();
    expect(findWhole([plant(stale)], limitsOf({ urls: 2, prefixes: 0 }))).toBeUndefined();
    expect(findWhole([plant(stale), plant(stale)], limitsOf({ urls: 2, items: 1 }))).toBeUndefined();
    expect(findWhole([makeFlatTree(stale)], limitsOf({ urls: 2 }))).toBeUndefined();
  });
});
