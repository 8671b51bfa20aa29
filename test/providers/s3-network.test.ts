import { describe, expect, onTestFinished, test } from 'vitest';
import type { Tuning } from '../../providers/s3/connection.ts';
import { makeBody, readWhole } from '../../src/provider/bytes.ts';
import type { NewObject, ObjectSpec, Origin } from '../../src/provider/contract.ts';
import { wrapOrigin } from '../../src/provider/wrap.ts';
import { answerS3, type Fault, type ProxiedRequest, startFaultProxy } from '../servers/fault-proxy.ts';
import { type S3Server, type S3ServerOptions, startS3Server } from '../servers/s3.ts';
import { openAt } from './s3-open.ts';

const call = { signal: new AbortController().signal };
const stallMs = 400;

interface Network {
  readonly server: S3Server;
  /** As a run has it: watched, limited, retried. */
  readonly origin: Origin;
  /** What reached the server. */
  readonly arrived: (operation?: string) => string[];
  /** Requests that something was done to. */
  readonly broken: () => number;
}

async function openNetwork(
  fault: (request: ProxiedRequest) => Fault | undefined,
  setup: { server?: S3ServerOptions; tuning?: Partial<Tuning>; stallMs?: number } = {},
): Promise<Network> {
  const server = await startS3Server(setup.server);
  onTestFinished(() => server.close());
  const proxy = await startFaultProxy({ target: server.endpoint, fault });
  onTestFinished(() => proxy.close());
  const origin = wrapOrigin(await openAt(proxy.endpoint, {}, setup.tuning), {
    policy: { budgetMs: 10_000 },
    requests: { list: 0, read: 0, write: 0, copy: 0, remove: 0 },
    onRequest: () => undefined,
    conditions: () => undefined,
    patience: { stallMs: setup.stallMs ?? stallMs },
  });
  return {
    server,
    origin,
    arrived: (operation) =>
      server.requests.map((one) => one.operation).filter((one) => !operation || one === operation),
    broken: () => proxy.requests.filter((request) => request.fault).length,
  };
}

/** Breaks the first request that `which` takes, or as many as are told. */
function breaking(which: (request: ProxiedRequest) => boolean, fault: Fault, times = 1) {
  let left = times;
  return (request: ProxiedRequest) => (which(request) && left-- > 0 ? fault : undefined);
}

const method = (name: string) => (request: ProxiedRequest) => request.method === name;

function object(key: string, text: string | Uint8Array, ifMatch?: string | null): NewObject {
  const body = makeBody(typeof text === 'string' ? new TextEncoder().encode(text) : text);
  const { sha256, size } = body;
  const spec = { key, sha256, size, headers: { 'content-type': 'text/plain' }, visibility: 'public', body } as const;
  return ifMatch === undefined ? spec : { ...spec, ifMatch };
}

async function keysOf(origin: Origin): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of origin.list({ prefix: '' }, call)) keys.push(key);
  return keys;
}

async function textOf(origin: Origin, key: string): Promise<string> {
  return new TextDecoder().decode((await readWhole(origin, key, call))?.bytes);
}

const faults: Readonly<Record<string, Fault>> = {
  'a reset': { kind: 'reset' },
  'a lost answer': { kind: 'lose-answer' },
  'a request that never arrives': { kind: 'stall', of: 'request', afterBytes: 0 },
  'an answer that never comes': { kind: 'stall', of: 'answer', afterBytes: 0 },
  'an answer that stops half-way': { kind: 'stall', of: 'answer', afterBytes: 5 },
  'an answer that is cut': { kind: 'truncate', of: 'answer', afterBytes: 5 },
  'a request that is cut': { kind: 'truncate', of: 'request', afterBytes: 2 },
  '500': answerS3(500, 'InternalError'),
  '500 after it was done': answerS3(500, 'InternalError', {}, true),
  '503 SlowDown': answerS3(503, 'SlowDown'),
  '429 with Retry-After': answerS3(429, 'TooManyRequests', { 'retry-after': '0.1' }),
};

/** Each does something while one request of it breaks, and ends as if none had. */
const deeds: Readonly<Record<string, (fault: Fault) => Promise<void>>> = {
  async 'a write that must not find anything'(fault) {
    const { server, origin, broken } = await openNetwork(breaking(method('PUT'), fault));
    const { etag } = await origin.write(object('a', 'one', null), call);
    expect(server.objects('test-bucket').get('site/a')?.etag).toBe(etag);
    expect(broken()).toBe(1);
    await expect(origin.write(object('a', 'two', null), call)).rejects.toMatchObject({ kind: 'conflict' });
  },

  async 'a write over an etag'(fault) {
    let isBroken = false;
    const network = await openNetwork((request) => (isBroken ? breakOnce(request) : undefined));
    const breakOnce = breaking(method('PUT'), fault);
    const { etag } = await network.origin.write(object('a', 'one'), call);
    isBroken = true;
    const next = await network.origin.write(object('a', 'two', etag), call);
    expect(await textOf(network.origin, 'a')).toBe('two');
    expect(network.server.objects('test-bucket').get('site/a')?.etag).toBe(next.etag);
    expect(network.broken()).toBe(1);
  },

  async 'a copy'(fault) {
    const isCopy = ({ headers }: ProxiedRequest) => 'x-amz-copy-source' in headers;
    const { origin, broken } = await openNetwork(breaking(isCopy, fault));
    const { etag } = await origin.write(object('a', 'one'), call);
    const { body: _body, ...spec } = object('b', 'one', null);
    await origin.copy({ key: 'a', etag }, spec satisfies ObjectSpec, call);
    expect(await textOf(origin, 'b')).toBe('one');
    expect(broken()).toBe(1);
  },

  async 'a removal'(fault) {
    const { origin, broken } = await openNetwork(breaking(method('POST'), fault));
    for (const key of ['a', 'b', 'c']) await origin.write(object(key, key), call);
    await origin.remove(['a', 'c', 'none'], call);
    expect(await keysOf(origin)).toEqual(['b']);
    expect(broken()).toBe(1);
  },

  async 'a look'(fault) {
    const { origin, broken } = await openNetwork(breaking(method('HEAD'), fault));
    const { etag } = await origin.write(object('a', 'one'), call);
    expect((await origin.head('a', call))?.etag).toBe(etag);
    expect(broken()).toBe(1);
  },

  async 'a body'(fault) {
    const isRead = ({ path }: ProxiedRequest) => path.startsWith('/test-bucket/site/a');
    let isBroken = false;
    const network = await openNetwork((request) => (isBroken ? breakOnce(request) : undefined));
    const breakOnce = breaking((request) => request.method === 'GET' && isRead(request), fault);
    await network.origin.write(object('a', 'one and two and three'), call);
    isBroken = true;
    expect(await textOf(network.origin, 'a')).toBe('one and two and three');
    expect(network.broken()).toBe(1);
  },

  async 'the second page of a listing'(fault) {
    const isNext = ({ path }: ProxiedRequest) => path.includes('continuation-token');
    const { server, origin, broken } = await openNetwork(breaking(isNext, fault));
    await origin.write(object('k', 'one'), call);
    const objects = server.objects('test-bucket') as Map<string, unknown>;
    const one = objects.get('site/k');
    const names = Array.from({ length: 1500 }, (_, i) => `k${String(i).padStart(4, '0')}`);
    for (const name of names) objects.set(`site/${name}`, one);
    // The server keeps its sorted names until one comes in by the front door.
    await origin.write(object('z', 'one'), call);
    expect(await keysOf(origin)).toEqual(['k', ...names, 'z']);
    expect(broken()).toBe(1);
  },
};

describe.each(Object.entries(faults))('%s', (_, fault) => {
  test('costs nothing but time', async () => {
    const all = Object.entries(deeds).map(([name, deed]) =>
      deed(fault).catch((cause: unknown) => Promise.reject(new Error(name, { cause }))),
    );
    await Promise.all(all);
  });
});

describe('large bodies', () => {
  const tuning = { multipartBytes: 6 * 2 ** 20, partBytes: 5 * 2 ** 20 };
  const bytes = new Uint8Array(26 * 2 ** 20).map((_, i) => i % 251);
  const isPart = ({ path }: ProxiedRequest) => path.includes('partNumber');

  test('a part that fails is sent again by itself', async () => {
    const { origin, arrived, server } = await openNetwork(
      (request) => (isPart(request) && request.index % 2 === 0 && request.index < 8 ? { kind: 'reset' } : undefined),
      { tuning },
    );
    await origin.write(object('a', bytes, null), call);
    expect(arrived('CreateMultipartUpload')).toHaveLength(1);
    expect(arrived('UploadPart')).toHaveLength(6);
    expect(server.objects('test-bucket').get('site/a')?.content.size).toBe(bytes.length);
  });

  test('a completion whose answer is lost is found, and no part is sent twice', async () => {
    const isEnd = ({ method: m, path }: ProxiedRequest) => m === 'POST' && path.includes('uploadId');
    const { origin, arrived, server } = await openNetwork(breaking(isEnd, { kind: 'lose-answer' }), { tuning });
    const { etag } = await origin.write(object('a', bytes, null), call);
    expect(server.objects('test-bucket').get('site/a')?.etag).toBe(etag);
    expect(arrived('CreateMultipartUpload')).toHaveLength(1);
    expect(server.uploads('test-bucket')).toBe(0);
  });

  test('a completion that fails before it is done is asked for again', async () => {
    const isEnd = ({ method: m, path }: ProxiedRequest) => m === 'POST' && path.includes('uploadId');
    const { origin, arrived } = await openNetwork(breaking(isEnd, answerS3(500, 'InternalError')), { tuning });
    await origin.write(object('a', bytes, null), call);
    expect(arrived('UploadPart')).toHaveLength(6);
    expect(arrived('CompleteMultipartUpload')).toHaveLength(1);
  });
});

describe('what is slow and comes on is not given up', () => {
  test('a body that trickles in', async () => {
    const trickle: Fault = { kind: 'trickle', of: 'answer', bytes: 2000, everyMs: 60 };
    const { origin, arrived } = await openNetwork(({ method: m }) => (m === 'GET' ? trickle : undefined));
    await origin.write(object('a', new Uint8Array(60_000)), call);
    const started = performance.now();
    expect((await readWhole(origin, 'a', call))?.bytes).toHaveLength(60_000);
    expect(performance.now() - started).toBeGreaterThan(3 * stallMs);
    expect(arrived('GetObject')).toHaveLength(1);
  });

  test('a body whose reader takes its time', async () => {
    const { origin, arrived } = await openNetwork(() => undefined);
    await origin.write(object('a', new Uint8Array(400_000)), call);
    let size = 0;
    for await (const chunk of (await origin.read('a', call))?.body ?? []) {
      if (size === 0) await new Promise((done) => setTimeout(done, 2 * stallMs));
      size += chunk.length;
    }
    expect(size).toBe(400_000);
    expect(arrived('GetObject')).toHaveLength(1);
  });

  test('an upload over a slow line, however long it takes', async () => {
    // Some megabytes fit between the two ends of a socket, and are on their way for as long as the line needs for them.
    const trickle: Fault = { kind: 'trickle', of: 'request', bytes: 65_536, everyMs: 4 };
    const tuning = { socketTimeoutMs: 1_500, multipartBytes: 2 ** 30 };
    const { origin, arrived } = await openNetwork(breaking(method('PUT'), trickle), { tuning });
    const started = performance.now();
    await origin.write(object('a', new Uint8Array(60 * 2 ** 20)), call);
    expect(performance.now() - started).toBeGreaterThan(2 * tuning.socketTimeoutMs);
    expect(arrived('PutObject')).toHaveLength(1);
  }, 60_000);
});

test('a connection that hangs in an upload is given up', async () => {
  const stall: Fault = { kind: 'stall', of: 'request', afterBytes: 0 };
  const tuning = { socketTimeoutMs: 3_000, multipartBytes: 2 ** 30 };
  const { origin, arrived } = await openNetwork(breaking(method('PUT'), stall), { tuning });
  await origin.write(object('a', new Uint8Array(40 * 2 ** 20)), call);
  expect(arrived('PutObject')).toHaveLength(1);
}, 20_000);

test('a clock that is an hour off is put right by what the store says', async () => {
  for (const clockOffsetMs of [-3_600_000, 3_600_000]) {
    const { origin } = await openNetwork(() => undefined, { server: { clockOffsetMs } });
    await origin.write(object('a', 'one', null), call);
    expect((await origin.read('a', call))?.ageMs).toBeLessThan(5_000);
  }
});

test('nothing is refused for good because of a store that throttles under load', async () => {
  let running = 0;
  const { origin, server } = await openNetwork(() => undefined, {
    stallMs: 30_000,
    server: {
      async onRequest() {
        running++;
        await new Promise((done) => setTimeout(done, 10));
        return running-- > 4 ? { status: 503, code: 'SlowDown' } : undefined;
      },
    },
  });
  await Promise.all(Array.from({ length: 120 }, (_, i) => origin.write(object(`k${i}`, 'x', null), call)));
  expect(server.objects('test-bucket').size).toBe(120);
  expect(server.requests.length).toBeLessThan(260);
}, 30_000);
