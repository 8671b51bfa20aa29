import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareUtf8 } from '../../../src/byte-order.ts';
import { decodeChunk } from '../../../src/manifest/chunk-codec.ts';
import { cutRows } from '../../../src/manifest/chunks.ts';
import { fileForm } from '../../../src/manifest/codec.ts';
import { type Entry, entryForm } from '../../../src/manifest/inventory.ts';
import type { ManifestFile } from '../../../src/model.ts';

const headers = fc.constantFrom({ 'cache-control': 'x' }, { 'cache-control': 'y', 'content-type': 'text/css' }, {});
const file: fc.Arbitrary<ManifestFile> = fc.record({
  path: fc.string({ unit: 'grapheme', minLength: 1 }),
  key: fc.string({ unit: 'grapheme', minLength: 1 }),
  sha256: fc.constantFrom('a'.repeat(64), 'b'.repeat(64)),
  size: fc.nat(),
  class: fc.constantFrom('immutable', 'mutable', 'entry'),
  headers,
});
const files = fc
  .uniqueArray(file, { selector: ({ key }) => key, maxLength: 60 })
  .map((all) => all.sort((a, b) => compareUtf8(a.key, b.key)));
const meanRows = fc.integer({ min: 1, max: 30 });

test('files come back from their chunks as they went, and equal files are equal chunks', () => {
  fc.assert(
    fc.property(files, meanRows, (all, mean) => {
      const chunks = cutRows(fileForm, all, mean);
      expect(chunks.flatMap(({ bytes, sha256 }) => decodeChunk(fileForm, bytes, sha256))).toEqual(all);
      expect(cutRows(fileForm, structuredClone(all), mean)).toEqual(chunks);
      expect(chunks.every(({ rows }) => rows.length > 0)).toBe(true);
    }),
  );
});

test('so do the entries of an inventory', () => {
  fc.assert(
    fc.property(files, meanRows, (all, mean) => {
      const entries = all.map(({ key, sha256, size, headers: set }): Entry => {
        return [key, { sha256, size, etag: `e${size}`, headers: set }];
      });
      const chunks = cutRows(entryForm, entries, mean);
      expect(chunks.flatMap(({ bytes, sha256 }) => decodeChunk(entryForm, bytes, sha256))).toEqual(entries);
    }),
  );
});

test('a row that comes, goes or changes makes at most two new chunks', () => {
  fc.assert(
    fc.property(
      files,
      fc.nat(),
      file,
      fc.constantFrom('add', 'remove', 'change'),
      meanRows,
      (all, at, one, how, mean) => {
        const place = all.length === 0 ? 0 : at % all.length;
        const others = all.filter(({ key }, index) => key !== one.key && (how === 'add' || index !== place));
        const now =
          how === 'remove' ? others : [...others, how === 'add' ? one : { ...one, key: all[place]?.key ?? 'k' }];
        const before = new Set(
          cutRows(fileForm, how === 'add' ? others : all.filter(({ key }) => key !== one.key), mean).map(
            ({ sha256 }) => sha256,
          ),
        );
        const after = cutRows(
          fileForm,
          now.sort((a, b) => compareUtf8(a.key, b.key)),
          mean,
        );
        expect(after.filter(({ sha256 }) => !before.has(sha256)).length).toBeLessThanOrEqual(2);
      },
    ),
    { numRuns: 500 },
  );
});

test('chunks of many similar names have about the size that is asked for', () => {
  const rows = Array.from({ length: 40_000 }, (_, index): ManifestFile => {
    const key = `static/img/photo-${String(index).padStart(6, '0')}.webp`;
    return { path: key, key, sha256: 'a', size: 1, class: 'mutable', headers: {} };
  });
  const { length } = cutRows(fileForm, rows, 2_000);
  expect(length).toBeGreaterThan(10);
  expect(length).toBeLessThan(35);
});
