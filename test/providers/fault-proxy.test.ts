import { describe, expect, onTestFinished, test } from 'vitest';
import { makeBody } from '../../src/provider/bytes.ts';
import type { Origin } from '../../src/provider/contract.ts';
import { answerS3, type Fault, type ProxiedRequest, startFaultProxy } from '../servers/fault-proxy.ts';
import { type S3Server, startS3Server } from '../servers/s3.ts';
import { openAt } from './s3-open.ts';

const call = { signal: new AbortController().signal };

interface Proxied {
  readonly server: S3Server;
  readonly origin: Origin;
  /** Names of what reached the server. */
  readonly arrived: () => string[];
  readonly stored: (key: string) => boolean;
}

/** The S3 origin, without retries, on the server behind a proxy that breaks each request as told. */
async function openBroken(fault: (request: ProxiedRequest) => Fault | undefined): Promise<Proxied> {
  const server = await startS3Server();
  onTestFinished(() => server.close());
  const proxy = await startFaultProxy({ target: server.endpoint, fault });
  onTestFinished(() => proxy.close());
  const origin = await openAt(proxy.endpoint);
  return {
    server,
    origin,
    arrived: () => server.requests.map(({ operation }) => operation),
    stored: (key) => server.objects('test-bucket').has(`site/${key}`),
  };
}

function write(origin: Origin, bytes: Uint8Array): Promise<{ etag: string }> {
  const body = makeBody(bytes);
  const { sha256, size } = body;
  return origin.write({ key: 'a', sha256, size, headers: {}, visibility: 'public', body }, call);
}

const onPut =
  (fault: Fault) =>
  ({ method }: ProxiedRequest) =>
    method === 'PUT' ? fault : undefined;
const bytes = new Uint8Array(300_000).fill(7);

describe('the proxy that misbehaves', () => {
  test('passes everything on when nothing is wrong', async () => {
    const { origin, stored } = await openBroken(() => undefined);
    const { etag } = await write(origin, bytes);
    expect(stored('a')).toBe(true);
    expect((await origin.head('a', call))?.etag).toBe(etag);
    const found = await origin.read('a', call);
    let length = 0;
    for await (const chunk of found?.body ?? []) length += chunk.length;
    expect(length).toBe(bytes.length);
  });

  test.each<[string, Fault, boolean, string]>([
    ['reset', { kind: 'reset' }, false, 'unavailable'],
    ['truncated request', { kind: 'truncate', of: 'request', afterBytes: 1000 }, false, 'unavailable'],
    ['lost answer', { kind: 'lose-answer' }, true, 'unavailable'],
    ['503', answerS3(503, 'SlowDown', { 'retry-after': '2' }), false, 'throttled'],
    ['500 after the effect', answerS3(500, 'InternalError', {}, true), true, 'unavailable'],
    ['403', answerS3(403, 'AccessDenied'), false, 'auth'],
  ])('%s', async (_, fault, happens, kind) => {
    const { origin, stored } = await openBroken(onPut(fault));
    await expect(write(origin, bytes)).rejects.toMatchObject({ kind });
    expect(stored('a')).toBe(happens);
  });

  test('a delay is only a delay, and what follows it follows', async () => {
    const { origin, arrived } = await openBroken(onPut({ kind: 'delay', ms: 200, next: { kind: 'reset' } }));
    const started = performance.now();
    await expect(write(origin, bytes)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(performance.now() - started).toBeGreaterThan(190);
    expect(arrived()).toEqual([]);
  });

  test('an answer is cut after so many bytes', async () => {
    const { origin } = await openBroken(({ method }) =>
      method === 'GET' ? { kind: 'truncate', of: 'answer', afterBytes: 1000 } : undefined,
    );
    await write(origin, bytes);
    const found = await origin.read('a', call);
    let length = 0;
    const reading = (async () => {
      for await (const chunk of found?.body ?? []) length += chunk.length;
    })();
    await expect(reading).rejects.toMatchObject({ kind: 'unavailable' });
    expect(length).toBe(1000);
  });

  test.each<[string, Fault, boolean]>([
    ['before the target hears of it', { kind: 'stall', of: 'request', afterBytes: 0 }, false],
    ['after it has been done', { kind: 'stall', of: 'answer', afterBytes: 0 }, true],
  ])('a stall %s lasts until the client gives up', async (_, fault, happens) => {
    const { origin, stored } = await openBroken(onPut(fault));
    const body = makeBody(bytes);
    const reason = new Error('gave up');
    const giveUp = new AbortController();
    setTimeout(() => giveUp.abort(reason), 500);
    const spec = { key: 'a', sha256: body.sha256, size: body.size, headers: {}, visibility: 'public', body } as const;
    await expect(origin.write(spec, { signal: giveUp.signal })).rejects.toBe(reason);
    expect(stored('a')).toBe(happens);
  });

  test('a trickle is slow and whole', async () => {
    const fault: Fault = { kind: 'trickle', of: 'request', bytes: 50_000, everyMs: 20 };
    const { origin, stored } = await openBroken(onPut(fault));
    const started = performance.now();
    await write(origin, bytes);
    expect(performance.now() - started).toBeGreaterThan(100);
    expect(stored('a')).toBe(true);
  });
});
