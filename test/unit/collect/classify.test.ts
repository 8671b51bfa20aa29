import { describe, expect, it } from 'vitest';
import { makeClassifier, recognizeClass } from '../../../src/collect/classify.ts';

describe('recognizeClass', () => {
  it.each([
    'index.html',
    'docs/INDEX.HTM',
    'a.xhtml',
    'index-BfX3kq2a.html',
    'page.55e7cbb9ba48.html',
    '_next/static/x.html',
    'index.html.gz',
    'index.html.br',
    'sw.js',
    'js/SW.js',
    'service-worker.js',
    'serviceworker.js',
    'sw.min.js',
    'my-sw.js',
    'app.sw.js',
    'ngsw-worker.js',
    'ngsw.json',
    'firebase-messaging-sw.js',
    'service-worker-BfX3kq2a.js',
    'sw.3f2a9c1b7d4e5f60a1b2.js',
    'site.webmanifest',
    'manifest.webmanifest',
    'manifest.json',
    'a.rss',
    'a.atom',
    'feed.xml',
    'blog/rss.xml',
    'atom.xml',
    'index.xml.rss',
    'feed.json',
    'sitemap.xml',
    'sitemap-1.xml',
    'sitemap_index.xml',
    'sitemap.xml.gz',
    'robots.txt',
    'asset-manifest.json',
    'staticfiles.json',
    'importmap.json',
    'remoteEntry.js',
    'mf/remoteEntry.mjs',
  ])('%s is an entry', (path) => expect(recognizeClass(path, 'auto')).toBe('entry'));

  it.each([
    'assets/index-BfX3kq2a.js',
    'assets/index-BfX3kq2a.js.map',
    'assets/index-BfX3kq2a.js.gz',
    'workbox-5ffe50d4.js',
    'manifest.3f2a9c1b7d4e5f60a1b2.json',
    'remoteEntry.3f2a9c1b7d4e.js',
    'css/style.55e7cbb9ba48.css',
  ])('%s is immutable, and stable under fingerprint none', (path) => {
    expect(recognizeClass(path, 'auto')).toBe('immutable');
    expect(recognizeClass(path, 'none')).toBe('mutable');
  });

  it.each([
    'app.js',
    'style.css',
    'logo.svg',
    'sw.css',
    'answer.js',
    'sw.js.map',
    'feedback.xml',
    'my-manifest.json',
    'robots.txt.js',
    'htmlx.js',
    'index.html.js',
  ])('%s is mutable', (path) => expect(recognizeClass(path, 'auto')).toBe('mutable'));
});

describe('classes rules', () => {
  it('win over the name, later ones over earlier ones, and match dotfiles', () => {
    const classOf = makeClassifier([
      { match: ['assets/**', '.hidden/**'], class: 'immutable' },
      { match: ['assets/*.html'], class: 'mutable' },
      { match: ['**/index-*.js'], class: 'entry' },
    ]);
    expect(classOf('assets/app.js', 'auto')).toBe('immutable');
    expect(classOf('assets/app.js', 'none')).toBe('immutable');
    expect(classOf('.hidden/.x', 'auto')).toBe('immutable');
    expect(classOf('assets/a.html', 'auto')).toBe('mutable');
    expect(classOf('assets/index-BfX3kq2a.js', 'auto')).toBe('entry');
    expect(classOf('other.html', 'auto')).toBe('entry');
  });
});
