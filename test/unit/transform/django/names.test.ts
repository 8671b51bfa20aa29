import { describe, expect, test } from 'vitest';
import { hashedName } from '../../../../src/transform/django/hashed-name.ts';
import { join, normpath, split, splitext, strip } from '../../../../src/transform/django/python-path.ts';
import { UrlError, unquote, urldefrag, urlsplit, urlunsplit } from '../../../../src/transform/django/python-url.ts';
import { fingerprint, hideHashes } from './fingerprint-rig.ts';

const md5 = '0123456789abcdef0123456789abcdef';

test.each([
  ['css/a.css', 'css/a.H.css'],
  ['a.min.css', 'a.min.H.css'],
  ['a.tar.gz', 'a.tar.H.gz'],
  ['LICENSE', 'LICENSE.H'],
  ['d.d/LICENSE', 'd.d/LICENSE.H'],
  ['.htaccess', '.htaccess.H'],
  ['..a', '..a.H'],
  ['.a.b', '.a.H.b'],
  ['a.', 'a.H.'],
  ['a..txt', 'a..H.txt'],
  ['A.CSS', 'A.H.CSS'],
  ['a#b.txt', 'a.H#b.txt'],
  ['a?b.txt', 'a.H?b.txt'],
  ['a?#b.txt', 'a.H?#b.txt'],
  ['a%20b.txt', 'a b.H.txt'],
  ['a/%2F.txt', 'a/.txt.H'],
  [' a.txt', 'a.H.txt'],
  ['a\tb.txt', 'ab.H.txt'],
  ['A:b.txt', 'a:b.H.txt'],
  ['\u0001a.txt', 'a.H.txt'],
  ['e\u0301.txt', 'e\u0301.H.txt'],
])('%j is stored as %j', (name, expected) => {
  expect(hideHashes(hashedName(name, md5))).toBe(expected);
});

test('the hash is the first half of an MD5’s first 24 digits', () => {
  expect(hashedName('a.css', md5)).toBe('a.0123456789ab.css');
});

describe('a name that cannot be stored', () => {
  test.each([
    ['outside of the root', '%2e%2e/a.txt', /outside of the static files, at \.\.\/a\./],
    ['no URL', '%2f%2f[a.txt', /Invalid IPv6 URL/],
    ['too long', `${'a'.repeat(250)}.txt`, /would have 267 bytes, and file systems take 255/],
  ])('%s', async (_, path, message) => {
    await expect(fingerprint({ [path]: 'x' })).rejects.toMatchObject({
      code: 'DJANGO_PATH',
      message: expect.stringMatching(message),
    });
  });

  test('the longest one is stored', async () => {
    const { outputs } = await fingerprint({ [`${'a'.repeat(238)}.txt`]: 'x' });
    expect(outputs[0]?.key).toHaveLength(255);
  });
});

test.each([
  ['', '.'],
  ['a//b/./c/../d', 'a/b/d'],
  ['../a', '../a'],
  ['a/../..', '..'],
  ['/../a', '/a'],
  ['//a', '//a'],
  ['///a', '/a'],
])('normpath %j', (path, expected) => expect(normpath(path)).toBe(expected));

test('paths', () => {
  expect([join('a', 'b'), join('a/', 'b'), join('', 'b'), join('a', '/b')]).toEqual(['a/b', 'a/b', 'b', '/b']);
  expect([split('a//b'), split('//b'), split('b')]).toEqual([
    ['a', 'b'],
    ['//', 'b'],
    ['', 'b'],
  ]);
  expect(splitext('...')).toEqual(['...', '']);
  expect(strip('\x1c\u3000a b\ufeff\x85')).toBe('a b\ufeff');
});

test.each([
  ['%41%c3%a9', 'Aé'],
  ['%zz%4', '%zz%4'],
  ['%ff', '\ufffd'],
  ['%c3é', '\ufffdé'],
  ['%2520', '%20'],
])('unquote %j', (text, expected) => expect(unquote(text)).toBe(expected));

test.each([
  ['x?#f', ['x', 'f']],
  ['x?', ['x?', '']],
  ['x?a#', ['x?a', '']],
  ['a/x;#f', ['a/x', 'f']],
  ['a/x;p#f', ['a/x;p', 'f']],
  ['a\nb#f#g', ['ab', 'f#g']],
])('urldefrag %j', (url, expected) => expect(urldefrag(url)).toEqual(expected));

test('URLs', () => {
  expect(urlsplit('HTTP://h:1/p?q#f')).toEqual({
    scheme: 'http',
    netloc: 'h:1',
    path: '/p',
    query: 'q',
    fragment: 'f',
  });
  expect(urlsplit('1a:b').scheme).toBe('');
  expect(urlunsplit(urlsplit('http:/h/a'))).toBe('http:///h/a');
  for (const url of ['//[x/', '//[::1/', '//h\u2100/']) expect(() => urlsplit(url)).toThrow(UrlError);
  expect(urlsplit('//[::1]:1/x').netloc).toBe('[::1]:1');
});
