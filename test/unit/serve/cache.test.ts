import { appendFileSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSite, type Site } from './site.ts';

const type = { 'content-type': 'text/css' };

/** Status, body and what the cache said. */
async function look(site: Site, target: string): Promise<string> {
  const { status, body, headers } = await site.get(target);
  return `${status} ${headers['x-cache']} ${body.toString().trim()}`;
}

describe('how long an answer is kept', () => {
  const rules: [string | undefined, string[]][] = [
    // First, again, and after a write behind the cache's back: at once, after 30 s, after 90 s.
    ['public, max-age=60', ['MISS one', 'HIT one', 'HIT one', 'HIT one', 'MISS two']],
    ['public, max-age=0, s-maxage=60', ['MISS one', 'HIT one', 'HIT one', 'HIT one', 'MISS two']],
    ['max-age=600, s-maxage=10', ['MISS one', 'HIT one', 'HIT one', 'MISS two', 'HIT two']],
    ['public, max-age=0, must-revalidate', ['MISS one', 'HIT one', 'MISS two', 'HIT two', 'HIT two']],
    ['no-cache', ['MISS one', 'HIT one', 'MISS two', 'HIT two', 'HIT two']],
    [undefined, ['MISS one', 'HIT one', 'MISS two', 'HIT two', 'HIT two']],
    ['no-store', ['MISS one', 'MISS one', 'MISS two', 'MISS two', 'MISS two']],
    ['private, max-age=60', ['MISS one', 'MISS one', 'MISS two', 'MISS two', 'MISS two']],
    ['max-age=soon', ['MISS one', 'HIT one', 'MISS two', 'HIT two', 'HIT two']],
  ];
  test.each(rules)('%s', async (rule, expected) => {
    const site = await openSite();
    const headers = rule === undefined ? type : { ...type, 'cache-control': rule };
    await site.put('a', 'one', headers);
    const seen = [await look(site, '/static/a'), await look(site, '/static/a')];
    await site.put('a', 'two', headers);
    seen.push(await look(site, '/static/a'));
    site.advance(30_000);
    seen.push(await look(site, '/static/a'));
    site.advance(60_000);
    seen.push(await look(site, '/static/a'));
    expect(seen).toEqual(expected.map((text) => `200 ${text}`));
  });

  test('Expires counts where there is no max-age', async () => {
    const site = await openSite();
    await site.put('a', 'one', { ...type, expires: new Date(Date.now() + 60_000).toUTCString() });
    await site.get('/static/a');
    await site.put('a', 'two', type);
    expect(await look(site, '/static/a')).toBe('200 HIT one');
    site.advance(61_000);
    expect(await look(site, '/static/a')).toBe('200 MISS two');
  });

  test('Age tells the seconds since the store was asked', async () => {
    const site = await openSite();
    await site.put('a', 'one', { ...type, 'cache-control': 'max-age=60' });
    expect((await site.get('/static/a')).headers.age).toBeUndefined();
    site.advance(42_500);
    expect(['42', '43']).toContain((await site.get('/static/a')).headers.age);
    site.advance(30_000);
    const renewed = await site.get('/static/a');
    expect([renewed.headers['x-cache'], renewed.headers.age]).toEqual(['HIT', '0']);
  });

  test('the query does not make another entry', async () => {
    const site = await openSite();
    await site.put('a', 'one', { 'cache-control': 'max-age=60' });
    await site.get('/static/a?v=1');
    expect((await site.get('/static/a?v=2')).headers['x-cache']).toBe('HIT');
  });

  test('new headers of unchanged bytes arrive when the entry is stale', async () => {
    const site = await openSite();
    await site.put('a', 'one', { 'cache-control': 'max-age=0', 'content-type': 'text/plain' });
    await site.get('/static/a');
    await site.put('a', 'one', { 'cache-control': 'max-age=0', 'content-type': 'text/css' });
    expect((await site.get('/static/a')).headers['content-type']).toBe('text/css');
  });

  test('the longest unused leave when the memory is used up', async () => {
    const site = await openSite({ cacheBytes: 100_000 });
    const body = 'x'.repeat(10_000);
    for (let i = 0; i < 12; i++) {
      await site.put(`f${i}`, body, { 'cache-control': 'max-age=60' });
      await site.get(`/static/f${i}`);
      await site.get('/static/f0');
    }
    const cached = async (key: string) => (await site.get(`/static/${key}`)).headers['x-cache'];
    expect([await cached('f0'), await cached('f11'), await cached('f1')]).toEqual(['HIT', 'HIT', 'MISS']);
  });
});

describe('absence', () => {
  test('a 404 is believed for some seconds', async () => {
    const site = await openSite();
    expect(await look(site, '/static/new.css')).toContain('404 MISS');
    await site.put('new.css', 'here');
    expect(await look(site, '/static/new.css')).toContain('404 HIT');
    site.advance(6000);
    expect(await look(site, '/static/new.css')).toBe('200 MISS here');
  });

  test('trap 14: an invalidation forgets a cached 404 and the forms of a directory', async () => {
    const site = await openSite();
    for (const path of ['/static/new.css', '/static/docs/', '/static/docs', '/static/']) await site.get(path);
    await site.put('new.css', 'here');
    await site.put('docs/index.html', 'docs');
    await site.put('index.html', 'home');
    await site.invalidate('/static/new.css', '/static/docs/', '/static/docs', '/static/');
    expect(await look(site, '/static/new.css')).toBe('200 MISS here');
    expect(await look(site, '/static/docs/')).toBe('200 MISS docs');
    expect((await site.get('/static/docs')).status).toBe(302);
    expect(await look(site, '/static/')).toBe('200 MISS home');
  });
});

describe('invalidations of another process', () => {
  const long = { ...type, 'cache-control': 'public, max-age=0, s-maxage=86400' };

  test('reach the running edge before its next answer, each path for itself', async () => {
    const site = await openSite();
    for (const key of ['a', 'b']) {
      await site.put(key, 'one', long);
      await site.get(`/static/${key}`);
      await site.put(key, 'two', long);
    }
    expect(await look(site, '/static/a')).toBe('200 HIT one');
    await site.invalidate('/static/a');
    expect(await look(site, '/static/a')).toBe('200 MISS two');
    expect(await look(site, '/static/b')).toBe('200 HIT one');
    await site.invalidate('/static/*');
    expect(await look(site, '/static/b')).toBe('200 MISS two');
    expect(await look(site, '/static/a')).toBe('200 MISS two');
  });

  const spellings: [string, string, string][] = [
    ['a b.css', '/static/a%20b.css', '/static/a%20b.css'],
    ['é.css', '/static/%C3%A9.css', '/static/%c3%a9.css'],
    ['(a)!.css', '/static/(a)!.css', '/static/%28a%29%21.css'],
    ['100%.css', '/static/100%25.css', '/static/100%25.css'],
    ['a*b*', '/static/a%2Ab%2A', '/static/a*b*'],
    ['app/x y/z.css', '/static/app/x%20y/*', '/static/app/x%20y/z.css'],
    ['deep/a.css', '/static/de*', '/static/deep/a.css'],
    ['deep/a.css', '/*', '/static/deep/a.css'],
    ['deep/a.css', '/static/deep/a.css', '/static/deep%2fa.css'],
  ];
  test.each(spellings)('%s, told as %s, was asked for as %s', async (key, item, target) => {
    const site = await openSite();
    await site.put(key, 'one', long);
    await site.put('other', 'one', long);
    expect(await look(site, target)).toBe('200 MISS one');
    await site.put(key, 'two', long);
    await site.invalidate(item);
    expect(await look(site, target)).toBe('200 MISS two');
  });

  test('those from before the start are not applied, those of an empty store are', async () => {
    const site = await openSite();
    await site.put('a', 'one', long);
    await site.get('/static/a');
    await site.put('a', 'two', long);
    // The first invalidation there ever was: the file it stands in appears only now.
    await site.invalidate('/static/nothing');
    expect(await look(site, '/static/a')).toBe('200 HIT one');
  });

  test('a record that was cut or deleted makes the edge forget everything; a torn line does no harm', async () => {
    const site = await openSite();
    const file = join(site.directory, '.waybill/local/invalidations.jsonl');
    const fill = async (body: string) => {
      await site.put('a', body, long);
      return look(site, '/static/a');
    };
    await fill('one');
    await site.invalidate('/static/x');
    expect(await fill('two')).toBe('200 HIT one');
    // More than the file may hold: it starts anew, with the last one only.
    await site.invalidate(`/static/${'x'.repeat(1_100_000)}`);
    expect(await fill('three')).toBe('200 HIT one');
    await site.invalidate('/static/y');
    expect(readFileSync(file, 'utf8').length).toBeLessThan(1000);
    expect(await fill('four')).toBe('200 MISS four');
    rmSync(file);
    expect(await fill('five')).toBe('200 MISS five');
    await site.invalidate('/static/z');
    appendFileSync(file, '{"id":"torn","items":["/static/a"');
    expect(await fill('six')).toBe('200 HIT five');
    await site.invalidate('/static/a');
    expect(await fill('seven')).toBe('200 MISS seven');
  });

  test('what was read before an invalidation is not kept after it', async () => {
    const site = await openSite();
    await site.put('slow', 'x'.repeat(400_000), long);
    const first = site.get('/static/slow');
    await site.put('slow', 'y', long);
    await site.invalidate('/static/slow');
    await first;
    expect(await look(site, '/static/slow')).toContain('y');
  });

  test('an object that became a link is no longer served', async () => {
    const site = await openSite();
    await site.put('a', 'one', { ...type, 'cache-control': 'no-cache' });
    await site.get('/static/a');
    writeFileSync(join(site.directory, '..', 'secret'), 'secret');
    rmSync(join(site.directory, 'a'));
    symlinkSync('../secret', join(site.directory, 'a'));
    expect((await site.get('/static/a')).status).toBe(404);
  });
});
