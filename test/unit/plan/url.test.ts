import { describe, expect, test } from 'vitest';
import { basePath, directoryForms, encodedForms, publicUrl, urlPaths } from '../../../src/plan/url.ts';

describe('public URLs', () => {
  test.each([
    ['https://cdn.example/', '/'],
    ['https://cdn.example/static/', '/static/'],
    ['http://127.0.0.1:4100/a/b/', '/a/b/'],
  ])('the path of %s is %s', (url, path) => {
    expect(basePath(url)).toBe(path);
  });

  test.each([
    ['a b.css', 'https://x/a%20b.css'],
    ['a+b.js', 'https://x/a%2Bb.js'],
    ['100%.png', 'https://x/100%25.png'],
    ['a#b?c.js', 'https://x/a%23b%3Fc.js'],
    ['caf\u00e9.txt', 'https://x/caf%C3%A9.txt'],
    ['cafe\u0301.txt', 'https://x/cafe%CC%81.txt'],
    ['\u{1f600}/x.js', 'https://x/%F0%9F%98%80/x.js'],
  ])('%s becomes %s', (key, url) => {
    expect(publicUrl('https://x/', key)).toBe(url);
  });
});

describe('what an edge is told', () => {
  test('trap 14: an index page is also its directory, with and without slash', () => {
    expect(directoryForms('a/index.html')).toEqual(['a/index.html', 'a/', 'a']);
    expect(urlPaths('https://x/', 'index.html', 'uri')).toEqual(['/index.html', '/']);
    expect(urlPaths('https://x/static/', 'index.html', 'uri')).toEqual(['/static/index.html', '/static/', '/static']);
    expect(urlPaths('https://x/static/', 'a/index.html', 'cloudfront')).toEqual([
      '/static/a/index.html',
      '/static/a/',
      '/static/a',
    ]);
    expect(directoryForms('myindex.html')).toEqual(['myindex.html']);
  });

  test.each([
    ['plain/app.css', ['plain/app.css']],
    ['a b.css', ['a%20b.css']],
    ['caf\u00e9.css', ['caf%C3%A9.css']],
    ['a+b,c=d@e.css', ['a%2Bb%2Cc%3Dd%40e.css', 'a+b,c=d@e.css']],
    ['~user.css', ['~user.css', '%7Euser.css']],
    ['a*', ['a%2A']],
    ['what?.css', ['what%3F.css']],
    ['50%.css', ['50%25.css']],
  ])('CloudFront: %s is told as %j', (key, forms) => {
    expect(encodedForms(key, 'cloudfront')).toEqual(forms);
  });
});
