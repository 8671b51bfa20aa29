import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxPathsInProgress, maxWildcardsInProgress, splitIntoBatches } from '../../providers/cloudfront/batches.ts';

const isWildcard = (item: string): boolean => item.endsWith('*');
const files = (count: number): string[] => Array.from({ length: count }, (_, i) => `/f/${i}.css`);
const wildcards = (count: number): string[] => Array.from({ length: count }, (_, i) => `/w/${i}/*`);

describe('splitIntoBatches', () => {
  it.each([
    { name: 'nothing', items: [], sizes: [] },
    { name: 'one path', items: ['/'], sizes: [1] },
    { name: 'as many files as one call takes', items: files(3_000), sizes: [3_000] },
    { name: 'one file more', items: files(3_001), sizes: [3_000, 1] },
    { name: 'as many wildcards as one call takes', items: wildcards(15), sizes: [15] },
    { name: 'one wildcard more', items: wildcards(16), sizes: [15, 1] },
    { name: 'both limits at once', items: [...files(3_000), ...wildcards(31)], sizes: [3_000, 30, 1] },
  ])('trap 6: $name', ({ items, sizes }) => {
    expect(splitIntoBatches(items).map((batch) => batch.length)).toEqual(sizes);
  });

  it('trap 6: any mix of items is covered exactly once and no batch is beyond a limit', () => {
    const mix = fc
      .record({ files: fc.nat(7_000), wildcards: fc.nat(60), doubled: fc.nat(20), seed: fc.nat() })
      .map(({ files: f, wildcards: w, doubled, seed }) => {
        const items = [...files(f), ...wildcards(w)];
        const all = [...items, ...items.slice(0, doubled)];
        // A cheap shuffle: the order must not matter.
        return all.map((item, i) => ({ item, at: (i * 7_919 + seed) % 10_007 })).sort((a, b) => a.at - b.at);
      });
    fc.assert(
      fc.property(mix, (entries) => {
        const items = entries.map(({ item }) => item);
        const batches = splitIntoBatches(items);
        const sent = batches.flat();
        expect(sent.length).toBe(new Set(items).size);
        expect(new Set(sent)).toEqual(new Set(items));
        for (const batch of batches) {
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length).toBeLessThanOrEqual(maxPathsInProgress);
          expect(batch.filter(isWildcard).length).toBeLessThanOrEqual(maxWildcardsInProgress);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('trap 7: gives new lists and leaves the given one alone', () => {
    const items = Object.freeze(['/b', '/a', '/a', '/w/*']);
    const [batch] = splitIntoBatches(items);
    expect(items).toEqual(['/b', '/a', '/a', '/w/*']);
    expect(batch).not.toBe(items);
  });
});
