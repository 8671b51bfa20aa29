import { describe, expect, test } from 'vitest';
import type { ManifestFile } from '../../../src/model.ts';
import { parseTarget, targetItems } from '../../../src/plan/targets.ts';
import type { EdgeTraits } from '../../../src/provider/contract.ts';
import { createRecordingEdge } from '../../rig.ts';

const url = 'https://cdn.example/static/';

function file(path: string, key = path): ManifestFile {
  return { path, key, sha256: '', size: 0, class: 'mutable', headers: {} };
}

const live = {
  files: [
    file('app1/style.css'),
    file('app1/style.css', 'app1/style.55e7cbb9ba48.css'),
    file('docs/index.html'),
    file('index.html'),
    file('odd *?.txt'),
    file('a%20b.txt'),
  ],
  aliases: { 'copy.css': 'app1/style.55e7cbb9ba48.css' },
  externals: { 'jquery.js': { url: 'https://public.example/jquery.js' } },
};

function itemsOf(texts: readonly string[], traits: Partial<EdgeTraits> = {}, base = url): string[] {
  const targets = texts.map((text) => parseTarget(text, base, live));
  return targetItems({ ...createRecordingEdge().traits, ...traits }, base, targets, live);
}

describe('a name', () => {
  test.each<[string, string[]]>([
    ['app1/style.css', ['/static/app1/style.55e7cbb9ba48.css', '/static/app1/style.css']],
    ['app1/style.55e7cbb9ba48.css', ['/static/app1/style.55e7cbb9ba48.css']],
    ['/static/app1/style.css', ['/static/app1/style.55e7cbb9ba48.css', '/static/app1/style.css']],
    ['https://CDN.example/static/app1/style.55e7cbb9ba48.css', ['/static/app1/style.55e7cbb9ba48.css']],
    ['copy.css', ['/static/app1/style.55e7cbb9ba48.css']],
    // Trap 14: the forms of a folder, and cached absences.
    ['docs/index.html', ['/static/docs', '/static/docs/', '/static/docs/index.html']],
    ['docs/', ['/static/docs', '/static/docs/', '/static/docs/index.html']],
    ['/static/docs', ['/static/docs', '/static/docs/', '/static/docs/index.html']],
    ['/static', ['/static', '/static/', '/static/index.html']],
    ['https://cdn.example/static/', ['/static', '/static/', '/static/index.html']],
    ['new.js', ['/static/new.js']],
    ['/static/new%20one.js', ['/static/new%20one.js']],
    ['odd *?.txt', ['/static/odd%20%2A%3F.txt']],
    ['a%20b.txt', ['/static/a%2520b.txt']],
    ['/static/a%2520b.txt', ['/static/a%2520b.txt']],
    ['/static/odd%20%2A%3F.txt', ['/static/odd%20%2A%3F.txt']],
  ])('%s', (text, items) => expect(itemsOf([text])).toEqual(items));

  test('that is not in the live version is known to be so', () => {
    expect(parseTarget('new.js', url, live)).toEqual({ kind: 'unknown', key: 'new.js' });
  });

  test('is spelled in every way that the edge keeps apart, and told once', () => {
    expect(itemsOf(['a+b.css', '/static/a+b.css'], { encoding: 'cloudfront' })).toEqual([
      '/static/a%2Bb.css',
      '/static/a+b.css',
    ]);
  });
});

describe('a prefix', () => {
  test.each<[string, string[]]>([
    ['app1/*', ['/static/app1', '/static/app1/*']],
    ['/static/app1/st*', ['/static/app1/st*']],
    ['https://cdn.example/static/*', ['/static', '/static/*']],
    ['*', ['/static', '/static/*']],
  ])('%s', (text, items) => expect(itemsOf([text])).toEqual(items));

  test('is told as files to an edge that takes paths only', () => {
    expect(itemsOf(['app1/*'], { scopes: ['paths'] })).toEqual([
      '/static/app1/style.55e7cbb9ba48.css',
      '/static/app1/style.css',
    ]);
    expect(itemsOf(['nothing/*'], { scopes: ['paths'] })).toEqual([]);
  });

  test('of everything reaches names that no version knows, where the edge can', () => {
    const all = (scopes: EdgeTraits['scopes']) =>
      targetItems({ ...createRecordingEdge().traits, scopes }, url, [{ kind: 'all' }], live);
    expect(all(['paths', 'prefixes', 'everything'])).toEqual(['/static', '/static/*']);
    expect(all(['paths', 'everything'])).toEqual(['*']);
    expect(all(['paths'])).toContain('/static/docs/index.html');
  });

  test('at the root of a host', () => {
    expect(itemsOf(['*'], {}, 'https://cdn.example/')).toEqual(['/*']);
  });
});

describe('refused', () => {
  test.each<[string, RegExp]>([
    ['/media/a.css', /does not lie below CDN_URL, which is https:\/\/cdn\.example\/static\//],
    ['https://other.example/static/a.css', /does not lie below CDN_URL/],
    ['/staticfiles/a.css', /does not lie below CDN_URL/],
    ['/static/../secret', /`\.\.`/],
    ['/static/%2e%2e/secret', /`\.\.`/],
    ['a*.css', /not its last character/],
    ['a.css?v=2', /query/],
    ['jquery.js', /served by https:\/\/public\.example\/jquery\.js/],
  ])('%s', (text, message) => {
    expect(() => parseTarget(text, url, live)).toThrow(message);
    expect(() => parseTarget(text, url, live)).toThrow(expect.objectContaining({ code: 'USAGE', exitCode: 2 }));
  });
});
