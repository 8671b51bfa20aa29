import { describe, expect, test } from 'vitest';
import type { AssetClass, ManifestFile } from '../../../src/model.ts';
import { chooseSample } from '../../../src/verify/sample.ts';

function make(count: number, extension: string, type: string, kind: AssetClass = 'mutable'): ManifestFile[] {
  return Array.from({ length: count }, (_, index) => {
    const key = `${extension}/${String(index).padStart(4, '0')}.${extension}`;
    return { path: key, key, sha256: '', size: 0, class: kind, headers: { 'content-type': type } };
  });
}

const site = [
  ...make(300, 'js', 'text/javascript; charset=utf-8', 'immutable'),
  ...make(300, 'png', 'image/png'),
  ...make(2, 'woff2', 'font/woff2', 'immutable'),
  ...make(5, 'html', 'text/html; charset=utf-8', 'entry'),
];

function count(files: readonly ManifestFile[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { key } of files) {
    const extension = key.split('/')[0] ?? '';
    counts[extension] = (counts[extension] ?? 0) + 1;
  }
  return counts;
}

describe('a sample', () => {
  test('is all entry files, and 50 others of every type', () => {
    const sample = chooseSample(site, undefined);
    expect(sample.slice(0, 5).every((file) => file.class === 'entry')).toBe(true);
    expect(sample).toHaveLength(55);
    expect(new Set(sample).size).toBe(55);
    expect(count(sample)).toMatchObject({ html: 5, js: expect.any(Number), png: expect.any(Number) });
    expect(count(sample).woff2).toBeGreaterThanOrEqual(1);
    expect(Math.abs((count(sample).js ?? 0) - (count(sample).png ?? 0))).toBeLessThan(4);
  });

  test('is spread over all of a type, and the same every time', () => {
    const sample = chooseSample(site, undefined);
    expect(chooseSample([...site].reverse(), undefined).slice(5)).toEqual(sample.slice(5));
    const numbers = sample.filter(({ key }) => key.startsWith('png/')).map(({ key }) => Number(key.slice(4, 8)));
    expect(numbers.some((number) => number < 30)).toBe(true);
    expect(numbers.some((number) => number > 270)).toBe(true);
  });

  test('of a size counts all files, entry files first', () => {
    expect(count(chooseSample(site, 3))).toEqual({ html: 3 });
    const sample = chooseSample(site, 8);
    expect(sample).toHaveLength(8);
    expect(count(sample)).toEqual({ html: 5, js: 1, png: 1, woff2: 1 });
  });

  test('of more than there are is all', () => {
    expect(chooseSample(site, 10_000)).toHaveLength(607);
    expect(chooseSample(site, 'all')).toEqual(site);
    expect(chooseSample([], undefined)).toEqual([]);
  });

  test('of a site of pages is bounded', () => {
    expect(chooseSample(make(5000, 'html', 'text/html', 'entry'), undefined)).toHaveLength(200);
  });
});
