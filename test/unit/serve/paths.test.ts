import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../../src/serve/address.ts';
import { openSite } from './site.ts';

describe('from URL to key', () => {
  const cases: [string, string][] = [
    ['/static/app/a.css', 'app/a.css'],
    ['/static/app/a.css?v=1', 'app/a.css'],
    ['/static/app/a.css#part', 'app/a.css'],
    ['http://127.0.0.1:4100/static/app/a.css', 'app/a.css'],
    ['/static/a%20b+c.css', 'a b+c.css'],
    ['/static/%E6%97%A5.css', '日.css'],
    ['/static/app%2Fa.css', 'app/a.css'],
    ['/static/%2561.css', '%61.css'],
    ['/st%61tic/a.css', 'a.css'],
    ['/static/', ''],
  ];
  test.each(cases)('%s', (target, key) => {
    expect(parseAddress(target, '/static/')).toMatchObject({ kind: 'key', key });
  });

  test('the query is kept apart', () => {
    expect(parseAddress('/a?b=/../c?d', '/')).toEqual({ kind: 'key', key: 'a', path: '/a', query: '?b=/../c?d' });
  });
});

describe('what is never served', () => {
  const hidden = [
    '/static/.waybill/live',
    '/static/%2ewaybill/live',
    '/static/.waybill%2flive',
    '/static/.WAYBILL/live',
    '/static/.WayBill/local/objects.jsonl',
    '/static/.waybill',
    '/static/.waybill/',
    '/static//.waybill/live',
    '/static/.waybill./live',
    '/static/.waybill%20/live',
    '/static/.waybill::$DATA/live',
    '/static/.w%E2%80%8Baybill/live',
    '/static/%E2%80%A4waybill/live',
    '/static/.%EF%BD%97aybill/live',
    '/static/WAYBIL~1/live',
    '/static/.%77aybill%2Flive',
    '/static/app/.waybill/live',
  ];
  test.each(hidden)('%s is 404', async (target) => {
    const site = await openSite();
    await site.put('.waybill/live', '{}');
    await site.put('app/a.css', 'a');
    const reply = await site.get(target);
    expect(reply.status).toBe(404);
    expect(reply.body.toString()).toBe('There is nothing here.\n');
    expect(reply.headers['content-type']).toContain('text/plain');
  });

  const escapes: [string, number][] = [
    ['/static/../secret', 400],
    ['/static/%2e%2e/secret', 400],
    ['/static/..%2fsecret', 400],
    ['/static/..%2F..%2fsecret', 400],
    ['/static/app/../../secret', 400],
    ['/static/./app/a.css', 400],
    ['/static/..%5csecret', 404],
    ['/static/%252e%252e%252fsecret', 404],
    ['/static/%c0%ae%c0%ae/secret', 400],
    ['/static/a.css%00', 400],
    ['/static/a%0d%0ab', 400],
    ['/static/%', 400],
    ['/static/%zz', 400],
    ['/static/%e9', 400],
    ['/static//app/a.css', 404],
    ['/static/app//a.css', 404],
    ['/secret', 404],
    ['/', 404],
    ['/staticc/a.css', 404],
  ];
  test.each(escapes)('%s', async (target, status) => {
    const site = await openSite();
    await site.put('app/a.css', 'a');
    writeFileSync(join(site.directory, '..', 'secret'), 'secret');
    expect(await site.get(target)).toMatchObject({ status, body: expect.not.stringContaining('secret') });
  });

  test('names that no file can have are just not there', async () => {
    const site = await openSite();
    for (const key of ['a'.repeat(300), 'a/'.repeat(3000)]) expect((await site.get(`/static/${key}`)).status).toBe(404);
  });

  test('a request that is too long is refused by node', async () => {
    const site = await openSite();
    expect((await site.get(`/static/${'a'.repeat(40_000)}`)).status).toBe(431);
  });

  test('bytes beyond ASCII in the request line do not break the server', async () => {
    const site = await openSite();
    await site.put('é.css', 'a');
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(site.port, '127.0.0.1', () => {
        socket.write(Buffer.from('GET /static/é.css HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'));
      });
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 (400|404|200) /);
    expect((await site.get('/static/%C3%A9.css')).status).toBe(200);
  });
});

describe('directories', () => {
  test('a folder and the root are their index.html', async () => {
    const site = await openSite();
    await site.put('index.html', 'home', { 'content-type': 'text/html' });
    await site.put('docs/index.html', 'docs', { 'content-type': 'text/html' });
    expect((await site.get('/static/')).body.toString()).toBe('home');
    expect((await site.get('/static/docs/')).body.toString()).toBe('docs');
    expect((await site.get('/static/docs/index.html')).body.toString()).toBe('docs');
    expect((await site.get('/static/docs/')).headers['content-type']).toBe('text/html');
  });

  test('without its slash a folder is a redirect that keeps the query, a file is the file', async () => {
    const site = await openSite();
    await site.put('a b/index.html', 'docs');
    await site.put('plain', 'file');
    const reply = await site.get('/static/a%20b?x=1&y=/z');
    expect([reply.status, reply.headers.location]).toEqual([302, '/static/a%20b/?x=1&y=/z']);
    expect((await site.get('/static/plain')).body.toString()).toBe('file');
    expect((await site.get('/static')).headers.location).toBe('/static/');
    mkdirSync(join(site.directory, 'no-index'));
    expect((await site.get('/static/no-index')).status).toBe(404);
    expect((await site.get('/static/no-index/')).status).toBe(404);
  });

  test('a redirect never names another host', async () => {
    const site = await openSite({ url: 'http://127.0.0.1/' });
    await site.put('evil.example/index.html', 'x');
    for (const target of ['//evil.example', '/%2fevil.example', '///evil.example']) {
      const { status, headers } = await site.get(target);
      expect([status, headers.location]).toEqual([404, undefined]);
    }
    expect((await site.get('/evil.example')).headers.location).toBe('/evil.example/');
  });

  test('a base URL with escapes in its path', async () => {
    const site = await openSite({ url: 'http://127.0.0.1/my%20cdn/' });
    await site.put('a.css', 'a');
    expect((await site.get('/my%20cdn/a.css')).status).toBe(200);
    expect((await site.get('/my%20cdn')).headers.location).toBe('/my%20cdn/');
  });
});
