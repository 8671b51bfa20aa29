import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareUtf8 } from '../../../src/byte-order.ts';
import { encodeManifest, parseManifest } from '../../../src/manifest/codec.ts';
import { encodeInventory, parseInventory } from '../../../src/manifest/inventory.ts';
import { advanceLive, emptyLive, type Live, rollbackTarget } from '../../../src/manifest/live.ts';
import type { Manifest } from '../../../src/model.ts';
import { cutRanges } from '../../../src/observe.ts';

const manifest: Manifest = {
  format: 1,
  project: 'shop',
  environment: 'prod',
  version: 3,
  message: 'x',
  source: { commit: 'abc', dirty: false },
  cdnUrl: 'https://x/',
  createdAt: '2026-01-01T00:00:00.000Z',
  files: [
    { path: 'a.css', key: 'a.css', sha256: 'aa', size: 1, class: 'mutable', headers: { 'cache-control': 'x' } },
    { path: 'b.css', key: 'b.123.css', sha256: 'bb', size: 0, class: 'immutable', headers: { 'cache-control': 'y' } },
    {
      path: 'c \u00e9.html',
      key: 'c \u00e9.html',
      sha256: 'cc',
      size: 2,
      class: 'entry',
      headers: { 'cache-control': 'x' },
    },
  ],
};

function encodeText(one: Manifest): string {
  return new TextDecoder().decode(encodeManifest(one));
}

describe('manifest', () => {
  test('comes back as it went, and equal manifests are equal bytes', () => {
    const { head, files } = parseManifest(encodeManifest(manifest), 3);
    expect({ ...head, files }).toEqual(manifest);
    expect(encodeManifest(structuredClone(manifest))).toEqual(encodeManifest(manifest));
  });

  test('one without files is fine', () => {
    expect(parseManifest(encodeManifest({ ...manifest, files: [] }), 3).files).toEqual([]);
  });

  test.each([
    ['not JSON', '{', 'STATE_DAMAGED'],
    ['another document', '{"format":1}', 'STATE_DAMAGED'],
    ['one with rows and chunks', encodeText(manifest).replace('"files"', '"chunks": [], "files"'), 'STATE_DAMAGED'],
    ['one with neither', encodeText(manifest).replace('"files"', '"rows"'), 'STATE_DAMAGED'],
    ['a newer format', '{"format":2}', 'STATE_NEWER'],
  ])('%s is refused', (_, text, code) => {
    expect(() => parseManifest(new TextEncoder().encode(text), 3)).toThrow(
      expect.objectContaining({ code, exitCode: 4 }),
    );
  });

  test('a row that is no file is refused with the row', () => {
    const text = new TextDecoder().decode(encodeManifest(manifest)).replace('"aa"', '7');
    expect(() => parseManifest(new TextEncoder().encode(text), 3)).toThrow(/versions\/3 .*\["a.css",0,7/);
  });
});

test('an unreadable inventory counts as lost', () => {
  const inventory = new Map([['a', { sha256: 'x', size: 1, etag: 'e', headers: { a: 'b' } }]]);
  expect(parseInventory(encodeInventory(inventory))).toEqual({ inventory });
  const both = '{"format":1,"headers":[],"objects":[],"chunks":[]}';
  for (const text of [
    '',
    '{',
    both,
    '{"format":1,"chunks":[{"sha256":"x","rows":1}]}',
    '{"format":2}',
    '{"format":1,"headers":[],"objects":[["a","b",1,"c",0]]}',
  ]) {
    expect(parseInventory(new TextEncoder().encode(text))).toBeUndefined();
  }
});

describe('rollback target', () => {
  const walk = (versions: readonly number[]): Live =>
    versions.reduce<Live>(
      (live, version) => advanceLive(live, { version, at: 't', commit: null, message: null }, null),
      emptyLive('p', 'r'),
    );
  test.each<[string, number[], number | undefined]>([
    ['nothing before the first', [1], undefined],
    ['the one before', [1, 2, 3], 2],
    ['a second rollback goes on down', [1, 2, 3, 2], 1],
    ['a deploy after a rollback skips what was left', [1, 2, 3, 2, 4], 2],
    ['never forward', [1, 2, 1], undefined],
    ['versions that were never live do not count', [1, 5], 1],
    ['going forward again does not mark what lies between', [1, 2, 3, 1, 3], 2],
  ])('%s: %j', (_, versions, target) => {
    expect(rollbackTarget(walk(versions))).toBe(target);
  });

  test('a half-applied version is undone to the live one', () => {
    expect(rollbackTarget({ ...walk([1, 2]), applying: { version: 3, run: 'r' } })).toBe(2);
  });
});

test('keys are ordered by their UTF-8 bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
      expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
  expect(compareUtf8('\uffee', '\u{1f600}')).toBeLessThan(0);
});

test('ranges of a listing cover every key once', () => {
  const known = Array.from({ length: 12_000 }, (_, i) => `k${i}`);
  const ranges = cutRanges(known);
  expect(ranges).toHaveLength(13);
  for (const key of [...known, 'a', 'zz', 'k5']) {
    const holding = ranges.filter(
      ({ after, until }) =>
        (after === undefined || compareUtf8(key, after) > 0) && (until === undefined || compareUtf8(key, until) <= 0),
    );
    expect(holding).toHaveLength(1);
  }
});
