import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hexStrength, isBase32Hash, isBase64Hash, isLooseHash } from '../../../src/collect/hash-shape.ts';
import { findHashFolders, hashedStem } from '../../../src/collect/hashed-name.ts';
import { hashedNames } from './hashed-names.ts';
import { plainNames } from './plain-names.ts';

describe.each(Object.entries(hashedNames))('%s', (_, byPackage) => {
  const names = Object.values(byPackage).flat();

  it('has some 25 real names', () => expect(new Set(names).size).toBeGreaterThanOrEqual(25));

  it.each(names)('%s carries a hash', (name) => expect(hashedStem(name)).toBeTypeOf('string'));
});

describe('false friends', () => {
  const names = Object.values(plainNames).flat();

  it('are as many as the hashed names', () => {
    const hashed = Object.values(hashedNames).flatMap((byPackage) => Object.values(byPackage).flat());
    expect(names.length).toBeGreaterThanOrEqual(hashed.length - 25);
  });

  it.each(names)('%s carries none', (name) => expect(hashedStem(name)).toBeUndefined());

  it.each([
    // Versions, dates, numbers.
    'chart-20240101.js',
    'report.2024-01-31.pdf',
    'backup-20240101T120000.json',
    'jquery.3.7.1.js',
    'jquery-3.7.1.min.js',
    'bootstrap.bundle.min.js',
    'lib.1.10.12345678.js',
    'app-v10.20.30.css',
    'build-1234567890.js',
    'phone-4915123456789.png',
    'isbn-9783161484100.jpg',
    'id-123456789012.png',
    'icd-10-A01B2C3.js',
    'icon-10x20x30.png',
    'sprite-1920x1080.png',
    'serial-1234567a.js',
    'build.20240101a.js',
    'menu-cafe2020.svg',
    'x-feed2023.css',
    'color-00ff00.png',
    'id-9917092169.css',
    // Words.
    'app-settings.js',
    'font-awesome.css',
    'icon-download.svg',
    'some-document.pdf',
    'index-homepage.js',
    'page-checkout.js',
    'README-ENGLISHX.txt',
    'README-ENGLISHX.js',
    'x.facade.js',
    'x-deadbeef.js',
    'ui-cafebabe.css',
    'ui-decade.css',
    'fade-effaced.css',
    'main-VERSION2.js',
    'doc-CHAPTER3.js',
    'chunk-homepage.js',
    'lib-TEMPLATE.css',
    'page-CheckOut.js',
    'assets/map-Mercator.js',
    'assets/icon-IsOnPage.js',
    'assets/icon-Win32Api.svg',
    'font-iOS17Pro.woff2',
    'layout-2-Column.css',
    'step-3-Review.png',
    'Chapter-1-Basics.js',
    'assets/locale-zhHansCN.js',
    'assets/locale-srLatnRS.js',
    'locale/ca-ES-VALENCIA.js',
    'zh-Hans-CN.js',
    'es-419.js',
    'KaTeX_Size4-Regular.woff2',
    // Ids of things whose bytes may change.
    '3f2a9c1b-7d4e-4f60-a1b2-c3d4e5f60718.png',
    'user-3f2a9c1b-7d4e-4f60-a1b2-c3d4e5f60718.js',
    'upload-3f2a9c1b7d4e4f60a1b2c3d4e5f60718.jpg',
    '507f1f77bcf86cd799439011.jpg',
    // Short hashes of things that bundlers do not write, and bare short ones.
    'invoice-1a2b3c4d.pdf',
    'data-5WLTJH4U.csv',
    'export.1a2b3c4d.json',
    '1a2b3c4d.js',
    'BfX3kq2a.js',
    'assets/1f468-200d.svg',
    'emoji/1f1e6-1f1fa.svg',
    // Bundlers' unhashed neighbours.
    '_nuxt/builds/latest.json',
    '_nuxt/entry.js',
    '_astro/component.css',
    '_next/image.js',
    'not_next/static/x.js',
    '_app/version.json',
    '_next/static/development/_buildManifest.js',
  ])('%s carries none', (name) => expect(hashedStem(name)).toBeUndefined());
});

describe('the stem', () => {
  it.each([
    ['assets/index-BfX3kq2a.js', 'index'],
    ['assets/index-BfX3kq2a.js.map', 'index'],
    ['assets/index-BfX3kq2a.js.gz', 'index'],
    ['assets/index-B_E-RY2t.css', 'index'],
    ['main.3f2a9c1b7d4e5f60a1b2.js', 'main'],
    ['123.abcdef12.chunk.js', '123'],
    ['runtime~main.3f2a9c1b7d4e5f60a1b2.js', 'runtime~main'],
    ['static/js/main.5d5d9eef.js.LICENSE.txt', 'main'],
    ['logo.5d5d9eef.svg', 'logo'],
    ['3f2a9c1b7d4e5f60a1b2.png', ''],
    ['app-5WLTJH4U.js', 'app'],
    ['chunk-HPLLPVWQ.js', 'chunk'],
    ['index.4d6bcbeb.js', 'index'],
    ['app-3f2a9c1b7d4e5f60_bg.wasm', 'app'],
    ['css/style.55e7cbb9ba48.css', 'style'],
    ['LICENSE.857eec1ff7a0', 'LICENSE'],
    ['js/alert.js.23a7da3fd554.map', 'alert.js'],
    ['guide/index.md.BfX3kq2a.lean.js', 'index.md'],
    ['_nuxt/entry.D3kf9aQ2.js', 'entry'],
    ['_nuxt/BfX3kq2a.js', ''],
    ['_nuxt/nbutton-g8ropw1z.js', 'nbutton'],
    ['_astro/about.CGYYnIHx.css', 'about'],
    ['_app/immutable/entry/start.js', 'start'],
    ['app/_next/static/media/0484562807a97172-s.p.woff2', '0484562807a97172-s'],
    ['_next/static/HXklLiVSkDhUiou88A9LT/_buildManifest.js', '_buildManifest'],
  ])('of %s is %s', (name, stem) => expect(hashedStem(name)).toBe(stem));
});

describe('share of true hashes found, as the docstrings say', () => {
  const samples = Array.from({ length: 20_000 }, (_, i) => createHash('sha256').update(`${i}`).digest());
  const spell = (alphabet: string, length: number) =>
    samples.map((bytes) => Array.from(bytes.subarray(0, length), (byte) => alphabet[byte % alphabet.length]).join(''));
  const missed = (pieces: string[], found: (piece: string) => unknown) =>
    pieces.filter((piece) => !found(piece)).length / pieces.length;
  const base64 = spell('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', 8);
  const hex = '0123456789abcdef';

  it.each([
    ['8 hex', 0.053, missed(spell(hex, 8), hexStrength)],
    ['10 hex', 0.024, missed(spell(hex, 10), hexStrength)],
    ['12 hex', 0.004, missed(spell(hex, 12), hexStrength)],
    ['base32', 0.25, missed(spell('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 8), (piece) => isBase32Hash(piece, false))],
    ['base64url anywhere', 0.3, missed(base64, (piece) => isBase64Hash(piece, 'anywhere'))],
    ['base64url of code', 0.2, missed(base64, (piece) => isBase64Hash(piece, 'code'))],
    ['base64url in a bundle', 0.13, missed(base64, (piece) => isBase64Hash(piece, 'bundle'))],
    ['base64url beside others', 0.03, missed(base64, (piece) => isBase64Hash(piece, 'beside'))],
    ['loose', 0.0025, missed(base64, isLooseHash)],
  ])('%s: %f missed', (_, expected, measured) => {
    expect(measured).toBeGreaterThan(expected * 0.8 - 0.001);
    expect(measured).toBeLessThan(expected * 1.2 + 0.001);
  });
});

describe('beside surer hashes of the same kind', () => {
  const folders = findHashFolders(['dist/assets/vendor-Bx3k9Q2a.js', 'out/app-5WLTJH4U.js', 'site/jquery.3.7.1.js']);

  it.each(['dist/assets/index-DiwrgTda.css', 'dist/assets/index-BMZWEKhQ.js', 'out/main-BIEDFTMT.js'])(
    '%s carries a hash there, and is in doubt elsewhere',
    (path) => {
      expect(hashedStem(path, folders)).toBeTypeOf('string');
      expect(hashedStem(path.replace(/^.*\//, 'site/'), folders)).toBeUndefined();
    },
  );

  it.each([
    'dist/assets/page-CheckOut.js',
    'dist/assets/map-Mercator.js',
    'dist/assets/app-settings.js',
    'dist/assets/chart-20240101.js',
    'dist/assets/main-BIEDFTMT.js',
    'out/index-DiwrgTda.css',
    'site/main-BIEDFTMT.js',
  ])('%s does not', (path) => expect(hashedStem(path, folders)).toBeUndefined());
});
