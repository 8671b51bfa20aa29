import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, it, onTestFinished, test } from 'vitest';
import { openExchange, readRetryAfter } from '../../../src/provider/exchange.ts';
import { startPurgingCache } from '../../servers/purging-cache.ts';

const sent = { method: 'PURGE', path: '/a', headers: {} };

describe('an exchange', () => {
  it('gives up on a server that does not answer, as a failure that may pass', async () => {
    const server = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const exchange = openExchange({ who: 'The cache', endpoint: `http://127.0.0.1:${port}`, timeoutMs: 100 });
    onTestFinished(() => {
      exchange.close();
      server.close();
    });
    await expect(exchange.send(sent, AbortSignal.timeout(10_000))).rejects.toMatchObject({
      kind: 'unavailable',
      message: `The cache at http://127.0.0.1:${port} cannot be reached (no answer in 0.1 s).`,
    });
  });

  it('rejects with the reason of an abort, before and while it waits', async () => {
    const cache = await startPurgingCache();
    const exchange = openExchange({ who: 'The cache', endpoint: cache.endpoint });
    onTestFinished(async () => {
      exchange.close();
      await cache.close();
    });
    const reason = new Error('SIGINT');
    await expect(exchange.send(sent, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(cache.log).toEqual([]);
    const controller = new AbortController();
    cache.answer = () => {
      controller.abort(reason);
      return 200;
    };
    await expect(exchange.send(sent, controller.signal)).rejects.toBe(reason);
  });

  it('asks a TLS server for the certificate of its own name, not of the host in the header', async () => {
    const names: string[] = [];
    // Without a certificate the handshake ends there, which is all that is looked at.
    const server = createTlsServer({
      SNICallback(name, done) {
        names.push(name);
        done(null);
      },
    });
    server.on('tlsClientError', () => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const exchange = openExchange({ who: 'The cache', endpoint: `https://localhost:${port}` });
    onTestFinished(() => {
      exchange.close();
      server.close();
    });
    const elsewhere = { ...sent, headers: { host: 'static.shop.example' } };
    await expect(exchange.send(elsewhere, AbortSignal.timeout(10_000))).rejects.toMatchObject({ kind: 'unavailable' });
    expect(names).toEqual(['localhost']);
  });

  it('keeps a connection for the next request', async () => {
    const cache = await startPurgingCache();
    const exchange = openExchange({ who: 'The cache', endpoint: cache.endpoint });
    onTestFinished(async () => {
      exchange.close();
      await cache.close();
    });
    for (let i = 0; i < 5; i++) await exchange.send(sent, AbortSignal.timeout(10_000));
    expect(cache.connections).toBe(1);
  });
});

test('Retry-After is read off the headers, a date by the clock of whoever wrote it', () => {
  const headers = { 'retry-after': 'Wed, 25 Nov 2026 09:00:05 GMT', date: 'Wed, 25 Nov 2026 09:00:01 GMT' };
  expect(readRetryAfter(headers)).toBe(4_000);
  expect(readRetryAfter({ 'retry-after': '3' })).toBe(3_000);
  expect(readRetryAfter({ 'retry-after': ['3', '4'] })).toBeUndefined();
  expect(readRetryAfter({})).toBeUndefined();
});
