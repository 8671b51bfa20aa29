import { utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { UsageError } from '../../../src/errors/errors.ts';
import type { Serving } from '../../../src/provider/serving.ts';
import { startServe } from '../../../src/serve/serve.ts';
import { noise } from '../../contract/body.ts';
import { day, get, openSite } from './site.ts';

const css = 'body { color: red }';

describe('objects', () => {
  test('stored headers, length, validators and bytes go out', async () => {
    const site = await openSite();
    await site.put('app/style.css', css, { ...day, 'x-amz-meta-note': 'kept', 'content-language': 'en' });
    const reply = await site.get('/static/app/style.css');
    expect(reply.status).toBe(200);
    expect(reply.body.toString()).toBe(css);
    expect(reply.headers).toMatchObject({
      'cache-control': 'public, max-age=86400',
      'content-type': 'text/css; charset=utf-8',
      'content-language': 'en',
      'content-length': String(css.length),
      'x-amz-meta-note': 'kept',
      'accept-ranges': 'bytes',
      etag: expect.stringMatching(/^"[^"]+"$/),
      'last-modified': expect.stringMatching(/GMT$/),
    });
  });

  test('HEAD has the headers of GET and no body', async () => {
    const site = await openSite();
    await site.put('a.css', css);
    const head = await site.get('/static/a.css', {}, 'HEAD');
    const { headers } = await site.get('/static/a.css');
    expect(head.body).toHaveLength(0);
    for (const name of ['content-length', 'content-type', 'etag', 'cache-control']) {
      expect(head.headers[name]).toBe(headers[name]);
    }
  });

  test('an empty object, and one larger than the cache takes', async () => {
    const site = await openSite({ cacheBytes: 80_000 });
    const big = noise(3_000_000);
    await site.put('empty.css', '');
    await site.put('big.bin', big);
    expect(await site.get('/static/empty.css')).toMatchObject({ status: 200, body: Buffer.alloc(0) });
    for (let i = 0; i < 2; i++) {
      const reply = await site.get('/static/big.bin');
      expect(reply.body.equals(big)).toBe(true);
      expect(reply.headers['x-cache']).toBe('MISS');
    }
    const part = await site.get('/static/big.bin', { range: 'bytes=1000000-1999999' });
    expect(part.status).toBe(206);
    expect(part.body.equals(big.subarray(1_000_000, 2_000_000))).toBe(true);
  });

  test('a file put there by hand is served without a type of its own', async () => {
    const site = await openSite();
    await site.put('a.css', css);
    writeFileSync(join(site.directory, 'by-hand.css'), css);
    const { headers, status } = await site.get('/static/by-hand.css');
    expect([status, headers['content-type']]).toEqual([200, 'application/octet-stream']);
  });

  test('a header value beyond Latin-1 goes out as UTF-8; hop-by-hop and damaged headers do not', async () => {
    const site = await openSite();
    const disposition = 'attachment; filename="žluť.css"';
    await site.put('a.css', css, {
      ...day,
      'content-disposition': disposition,
      'transfer-encoding': 'x',
      'x-bad': 'a\nb',
    });
    const { headers, status } = await site.get('/static/a.css');
    expect(status).toBe(200);
    expect(Buffer.from(headers['content-disposition'] ?? '', 'latin1').toString()).toBe(disposition);
    expect([headers['transfer-encoding'], headers['x-bad']]).toEqual([undefined, undefined]);
  });
});

describe('conditions', () => {
  test('If-None-Match and If-Modified-Since answer 304, and the first wins', async () => {
    const site = await openSite();
    await site.put('a.css', css);
    const { headers } = await site.get('/static/a.css');
    const etag = headers.etag ?? '';
    const modified = headers['last-modified'] ?? '';
    const status = async (condition: Record<string, string>) => (await site.get('/static/a.css', condition)).status;
    expect(await status({ 'if-none-match': etag })).toBe(304);
    expect(await status({ 'if-none-match': `"x", W/${etag}` })).toBe(304);
    expect(await status({ 'if-none-match': '*' })).toBe(304);
    expect(await status({ 'if-none-match': '"other"' })).toBe(200);
    expect(await status({ 'if-modified-since': modified })).toBe(304);
    expect(await status({ 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' })).toBe(200);
    expect(await status({ 'if-modified-since': 'rubbish' })).toBe(200);
    expect(await status({ 'if-none-match': '"other"', 'if-modified-since': modified })).toBe(200);
    const unchanged = await site.get('/static/a.css', { 'if-none-match': etag });
    expect(unchanged.body).toHaveLength(0);
    expect(unchanged.headers).toMatchObject({ etag, 'cache-control': day['cache-control'] });
  });

  test('a deploy changes the etag, so the old copy is not confirmed', async () => {
    const site = await openSite();
    await site.put('a.css', css, { 'cache-control': 'no-cache' });
    const { headers } = await site.get('/static/a.css');
    await site.put('a.css', css.replace('red', 'tan'), { 'cache-control': 'no-cache' });
    expect((await site.get('/static/a.css', { 'if-none-match': headers.etag ?? '' })).status).toBe(200);
  });
});

describe('ranges', () => {
  const cases: [string, number, string, string | undefined][] = [
    ['bytes=0-3', 206, 'body', 'bytes 0-3/19'],
    ['bytes=5-', 206, '{ color: red }', 'bytes 5-18/19'],
    ['bytes=-5', 206, 'red }', 'bytes 14-18/19'],
    ['bytes=-500', 206, css, 'bytes 0-18/19'],
    ['bytes=15-900', 206, 'ed }', 'bytes 15-18/19'],
    ['bytes=19-', 416, 'It has 19 bytes.\n', 'bytes */19'],
    ['bytes=-0', 416, 'It has 19 bytes.\n', 'bytes */19'],
    ['bytes=0-1,3-4', 200, css, undefined],
    ['bytes=4-2', 200, css, undefined],
    ['lines=0-1', 200, css, undefined],
    ['bytes=-', 200, css, undefined],
  ];
  test.each(cases)('%s', async (range, status, body, contentRange) => {
    const site = await openSite();
    await site.put('a.css', css);
    const reply = await site.get('/static/a.css', { range });
    expect([reply.status, reply.body.toString(), reply.headers['content-range']]).toEqual([status, body, contentRange]);
    expect(reply.headers['content-length']).toBe(String(body.length));
  });

  test('If-Range sends the part only of the very same bytes', async () => {
    const site = await openSite();
    await site.put('a.css', css);
    const { headers } = await site.get('/static/a.css');
    const ask = async (condition: string) =>
      (await site.get('/static/a.css', { range: 'bytes=0-3', 'if-range': condition })).status;
    expect(await ask(headers.etag ?? '')).toBe(206);
    expect(await ask(headers['last-modified'] ?? '')).toBe(206);
    expect(await ask('"other"')).toBe(200);
    expect(await ask(`W/${headers.etag}`)).toBe(200);
    expect(await ask('Thu, 01 Jan 1970 00:00:00 GMT')).toBe(200);
  });

  test('HEAD knows no ranges', async () => {
    const site = await openSite();
    await site.put('a.css', css);
    expect((await site.get('/static/a.css', { range: 'bytes=0-3' }, 'HEAD')).status).toBe(200);
  });
});

describe('content codings', () => {
  const stored: [string, Buffer][] = [
    ['gzip', gzipSync(css)],
    ['br', brotliCompressSync(css)],
    ['deflate', deflateSync(css)],
    ['deflate, gzip', gzipSync(deflateSync(css))],
  ];
  test.each(stored)('%s goes out as stored to who takes it, decoded to who does not', async (coding, bytes) => {
    const site = await openSite();
    await site.put('a.css', bytes, { ...day, 'content-encoding': coding });
    const asIs = await site.get('/static/a.css', { 'accept-encoding': 'gzip, deflate, br' });
    expect(asIs.body.equals(bytes)).toBe(true);
    expect(asIs.headers).toMatchObject({ 'content-encoding': coding, vary: 'accept-encoding' });
    for (const accepted of [undefined, 'identity', `${coding.split(', ')[0]};q=0, *;q=0`]) {
      const plain = await site.get('/static/a.css', accepted === undefined ? {} : { 'accept-encoding': accepted });
      expect(plain.body.toString()).toBe(css);
      expect(plain.headers['content-encoding']).toBeUndefined();
      expect(plain.headers.vary).toBe('accept-encoding');
      expect(plain.headers.etag).toBe(`W/${asIs.headers.etag}`);
    }
    expect((await site.get('/static/a.css', { 'if-none-match': asIs.headers.etag ?? '' })).status).toBe(304);
  });

  test('a large object is decoded without being cached, and parts of decoded bytes are not offered', async () => {
    const site = await openSite({ cacheBytes: 1000 });
    const text = 'line\n'.repeat(200_000);
    await site.put('a.txt', gzipSync(text), { ...day, 'content-encoding': 'gzip' });
    const reply = await site.get('/static/a.txt', { range: 'bytes=0-3' });
    expect(reply.status).toBe(200);
    expect(reply.body.toString()).toBe(text);
    expect(reply.headers['accept-ranges']).toBeUndefined();
  });

  test('a coding that nobody here can decode is 406 for who does not take it', async () => {
    const site = await openSite();
    await site.put('a.css', 'xyz', { ...day, 'content-encoding': 'compress' });
    expect((await site.get('/static/a.css')).status).toBe(406);
    expect((await site.get('/static/a.css', { 'accept-encoding': 'compress' })).status).toBe(200);
  });

  test('bytes that are not what their coding says break the answer, not the server', async () => {
    const site = await openSite();
    await site.put('a.css', 'no gzip at all', { ...day, 'content-encoding': 'gzip' });
    await site.put('b.css', css);
    await expect(site.get('/static/a.css')).rejects.toThrow();
    expect((await site.get('/static/b.css')).status).toBe(200);
  });
});

describe('methods and CORS', () => {
  test('other methods are 405 with Allow, OPTIONS is answered', async () => {
    const site = await openSite();
    await site.put('a.css', css);
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      const reply = await site.get('/static/a.css', {}, method);
      expect([reply.status, reply.headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
    }
    const preflight = await site.get(
      '/static/a.css',
      { origin: 'https://app.example', 'access-control-request-headers': 'range' },
      'OPTIONS',
    );
    expect(preflight.status).toBe(204);
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD, OPTIONS',
      'access-control-allow-headers': 'range',
    });
  });

  test('fonts and modules may be loaded from anywhere, unless the stored headers say otherwise', async () => {
    const site = await openSite();
    await site.put('font.woff2', 'x', { 'content-type': 'font/woff2' });
    await site.put('own.woff2', 'x', { 'access-control-allow-origin': 'https://app.example' });
    const any = { 'cross-origin-resource-policy': 'cross-origin', 'timing-allow-origin': '*' };
    expect((await site.get('/static/font.woff2')).headers).toMatchObject({
      'access-control-allow-origin': '*',
      ...any,
    });
    expect((await site.get('/static/own.woff2')).headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      ...any,
    });
    expect((await site.get('/static/none')).headers['access-control-allow-origin']).toBe('*');
  });
});

describe('the server itself', () => {
  test('each request is reported', async () => {
    const site = await openSite();
    await site.put('a.css', css);
    await site.get('/static/a.css?v=1');
    await site.get('/static/a.css');
    await site.get('/static/b.css', {}, 'HEAD');
    expect(site.log.map(({ method, path, status, cache }) => [method, path, status, cache])).toEqual([
      ['GET', '/static/a.css', 200, 'MISS'],
      ['GET', '/static/a.css', 200, 'HIT'],
      ['HEAD', '/static/b.css', 404, 'MISS'],
    ]);
  });

  test('a port in use is a usage error that names the port and the flag', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const failure = await startServe({ serving: nothing, url: 'http://127.0.0.1/', host: '127.0.0.1', port }).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(UsageError);
    expect(failure).toMatchObject({
      message: `Cannot listen on 127.0.0.1 port ${port}: it is in use by another program.`,
      hint: expect.stringContaining('--port'),
    });
  });

  test('an abort closes it, connections that are kept alive included', async () => {
    const controller = new AbortController();
    const site = await openSite({ signal: controller.signal });
    await site.put('a.css', css);
    await (await fetch(`http://127.0.0.1:${site.port}/static/a.css`)).text();
    controller.abort();
    await expect
      .poll(() => get(site.port, '/static/a.css').catch((error: Error) => error.message))
      .toContain('ECONNREFUSED');
    const late = startServe({
      serving: nothing,
      url: 'http://x/',
      host: '127.0.0.1',
      port: 0,
      signal: controller.signal,
    });
    await expect(late).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('a store that cannot be read is 502 with what it said', async () => {
    const broken: Serving = {
      head: () => undefined,
      open() {
        throw new UsageError('USAGE', 'the disk is gone');
      },
      followInvalidations: () => () => ({ items: [], everything: false }),
    };
    const { port, close } = await startServe({ serving: broken, url: 'http://x/', host: '127.0.0.1', port: 0 });
    onTestFinished(close);
    const reply = await get(port, '/a');
    expect([reply.status, reply.body.toString()]).toEqual([502, 'the disk is gone\n']);
  });

  test('a file whose time stamp lies in the future is still served', async () => {
    const site = await openSite();
    await site.put('a.css', css);
    utimesSync(join(site.directory, 'a.css'), 4e9, 4e9);
    expect((await site.get('/static/a.css')).status).toBe(200);
  });
});

const nothing: Serving = {
  head: () => undefined,
  open: () => undefined,
  followInvalidations: () => () => ({ items: [], everything: false }),
};
