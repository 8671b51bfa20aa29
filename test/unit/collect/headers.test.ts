import { describe, expect, it } from 'vitest';
import { contentTypeOf } from '../../../src/collect/content-type.ts';
import { makeHeaderResolver } from '../../../src/collect/headers.ts';

describe('contentTypeOf', () => {
  const utf8 = (type: string) => `${type}; charset=utf-8`;
  it.each([
    ['index.html', utf8('text/html')],
    ['A.CSS', utf8('text/css')],
    ['app.js', utf8('text/javascript')],
    ['app.mjs', utf8('text/javascript')],
    ['app.js.map', utf8('application/json')],
    ['a.json', utf8('application/json')],
    ['a.jsonld', utf8('application/ld+json')],
    ['a.geojson', utf8('application/geo+json')],
    ['site.webmanifest', utf8('application/manifest+json')],
    ['logo.svg', utf8('image/svg+xml')],
    ['feed.rss', utf8('application/rss+xml')],
    ['a.xhtml', utf8('application/xhtml+xml')],
    ['sitemap.xml', expect.stringMatching(/^(text|application)\/xml; charset=utf-8$/)],
    ['robots.txt', utf8('text/plain')],
    ['main.ts', utf8('text/plain')],
    ['main.mts', utf8('text/plain')],
    ['main.tsx', utf8('text/plain')],
    ['a.wasm', 'application/wasm'],
    ['a.woff2', 'font/woff2'],
    ['a.ico', 'image/vnd.microsoft.icon'],
    ['a.avif', 'image/avif'],
    ['a.mp4', 'video/mp4'],
    ['a.m3u8', 'application/vnd.apple.mpegurl'],
    ['app.js.gz', 'application/gzip'],
    ['app.js.br', 'application/octet-stream'],
    ['a.unknown', 'application/octet-stream'],
    ['a.constructor', 'application/octet-stream'],
    ['html', 'application/octet-stream'],
    ['__proto__', 'application/octet-stream'],
    ['a/toString', 'application/octet-stream'],
    ['.json', 'application/octet-stream'],
    ['d.css/LICENSE', 'application/octet-stream'],
    ['.well-known/apple-app-site-association', utf8('application/json')],
  ])('%s is %s', (path, type) => expect(contentTypeOf(path, false)).toEqual(type));

  it('.ts is video when its bytes are', () => expect(contentTypeOf('seg1.ts', true)).toBe('video/mp2t'));
});

describe('makeHeaderResolver', () => {
  const css = { path: 'a.css', class: 'mutable', contentType: 'text/css' } as const;

  it.each([
    ['immutable', true, 'public, max-age=31536000, immutable'],
    ['immutable', false, 'public, max-age=31536000, immutable'],
    ['mutable', true, 'public, max-age=0, s-maxage=86400, must-revalidate'],
    ['mutable', false, 'public, max-age=0, must-revalidate'],
    ['entry', true, 'public, max-age=0, s-maxage=86400, must-revalidate'],
    ['entry', false, 'public, max-age=0, must-revalidate'],
  ] as const)('%s with an edge: %s has %s', (kind, edge, value) => {
    expect(makeHeaderResolver([], edge)({ ...css, class: kind })).toEqual({
      'cache-control': value,
      'content-type': 'text/css',
    });
  });

  it('later rules win header by header, null removes, names are lower case and sorted', () => {
    const headersOf = makeHeaderResolver(
      [
        { match: ['**/*.css', '.x/**'], set: { 'X-Robots-Tag': 'none', 'Cache-Control': 'no-cache', 'A-First': '1' } },
        { match: ['a.*'], set: { 'cache-control': 'no-store', 'content-type': 'text/x-css' } },
        { match: ['a.css'], set: { 'x-robots-tag': null } },
      ],
      true,
    );
    expect(Object.entries(headersOf(css))).toEqual([
      ['a-first', '1'],
      ['cache-control', 'no-store'],
      ['content-type', 'text/x-css'],
    ]);
    expect(headersOf({ ...css, path: 'b/c.css' })).toMatchObject({
      'cache-control': 'no-cache',
      'x-robots-tag': 'none',
    });
    expect(headersOf({ ...css, path: '.x/.y' })).toMatchObject({ 'a-first': '1' });
  });

  it('null takes a default away, and a later rule may bring it back', () => {
    const rule = { match: ['**'], set: { 'cache-control': null } };
    expect(makeHeaderResolver([rule], true)(css)).toEqual({ 'content-type': 'text/css' });
    expect(makeHeaderResolver([rule, { match: ['**'], set: { 'cache-control': 'x' } }], true)(css)).toMatchObject({
      'cache-control': 'x',
    });
  });

  it('equal header sets are one frozen object, by whatever rules they came about', () => {
    const headersOf = makeHeaderResolver(
      [
        { match: ['b/**'], set: { x: '1' } },
        { match: ['c/**'], set: { X: '1' } },
      ],
      true,
    );
    const [a, b] = [headersOf({ ...css, path: 'b/a' }), headersOf({ ...css, path: 'c/a' })];
    expect(a).toBe(b);
    expect(headersOf(css)).toBe(headersOf({ ...css, class: 'entry' }));
    expect(Object.isFrozen(a)).toBe(true);
  });
});
