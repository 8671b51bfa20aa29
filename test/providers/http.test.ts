import { describe, expect, it, onTestFinished } from 'vitest';
import { httpEdge } from '../../providers/http/index.ts';
import type { Edge } from '../../src/provider/contract.ts';
import { call, request } from '../contract/edge.ts';
import { type PurgingCache, startPurgingCache } from '../servers/purging-cache.ts';

interface Opened {
  readonly cache: PurgingCache;
  readonly edge: Edge;
}

async function openEdge(more: object = {}, env: Readonly<Record<string, string>> = {}): Promise<Opened> {
  const cache = await startPurgingCache();
  onTestFinished(() => cache.close());
  const [edge] = await openAll({ endpoint: cache.endpoint, ...more }, env);
  return { cache, edge: edge! };
}

async function openAll(raw: object, env: Readonly<Record<string, string>> = {}): Promise<readonly Edge[]> {
  const edges = await httpEdge.open(httpEdge.parse(raw, 'edge'), { env, directory: '/' });
  onTestFinished(() => Promise.all(edges.map((edge) => edge.close?.())).then(() => undefined));
  return edges;
}

describe('what is sent', () => {
  it('the method with the URL path as it is and the public host', async () => {
    const { cache, edge } = await openEdge();
    await edge.invalidate(request(["/a%20b/../q&a's+(1).css"]), call());
    expect(cache.log).toMatchObject([
      { method: 'PURGE', path: "/a%20b/../q&a's+(1).css", headers: { host: 'static.shop.example' } },
    ]);
    expect(cache.log[0]?.headers['transfer-encoding']).toBeUndefined();
  });

  it('headers, some of them from variables', async () => {
    const from = [{ header: 'x-purge-token', variable: 'PURGE_TOKEN' }];
    const { cache, edge } = await openEdge(
      { headers: { 'x-app': 'shop' }, headersFrom: from },
      { PURGE_TOKEN: 's3cr3t' },
    );
    await edge.invalidate(request(['/a']), call());
    expect(cache.log[0]?.headers).toMatchObject({ 'x-app': 'shop', 'x-purge-token': 's3cr3t' });
  });

  it('below the path of the endpoint, and at a location of its own', async () => {
    const cache = await startPurgingCache();
    onTestFinished(() => cache.close());
    const [edge] = await openAll({ endpoint: `${cache.endpoint}/inner/`, method: 'GET', pathPrefix: '/purge' });
    await edge!.invalidate(request(['/a.css']), call());
    expect(cache.log).toMatchObject([{ method: 'GET', path: '/inner/purge/a.css' }]);
    expect(cache.log[0]?.headers['content-length']).toBeUndefined();
  });

  it('prefixes as patterns in which nothing is special', async () => {
    const { cache, edge } = await openEdge({ prefixes: 'ban-header', banMethod: 'BANURL', banHeader: 'x-pattern' });
    await edge.invalidate(request(['/a+b.(1)/*', '/*']), call());
    expect(cache.log.map(({ method, path, headers }) => [method, path, headers['x-pattern']])).toEqual([
      ['BANURL', '/a+b.(1)/', '^/a\\+b\\.\\(1\\)/'],
      ['BANURL', '/', '^/'],
    ]);
  });

  it('keys in headers that caches can take', async () => {
    const { cache, edge } = await openEdge({ tagHeader: 'xkey-purge' });
    const tags = Array.from({ length: 1_000 }, (_, i) => `#file-${i}`);
    await edge.invalidate(request(tags), call());
    const lines = cache.log.map(({ headers }) => headers['xkey-purge'] ?? '');
    expect(lines.every((line) => line.length <= 4_000)).toBe(true);
    expect(lines.flatMap((line) => line.split(' ')).toSorted()).toEqual(tags.map((tag) => tag.slice(1)).toSorted());
  });

  it('each cache of a list is told by itself', async () => {
    const caches = [await startPurgingCache(), await startPurgingCache()];
    onTestFinished(() => Promise.all(caches.map((cache) => cache.close())).then(() => undefined));
    const edges = await openAll({ endpoint: caches.map(({ endpoint }) => endpoint) });
    expect(edges.map(({ name }) => name)).toEqual(caches.map(({ endpoint }) => endpoint.replace('//', '')));
    await edges[1]!.invalidate(request(['/a']), call());
    expect(caches.map(({ log }) => log.length)).toEqual([0, 1]);
  });
});

describe('answers', () => {
  it('a URL that was not cached is forgotten already', async () => {
    const { cache, edge } = await openEdge({ method: 'GET', pathPrefix: '/purge' });
    cache.answer = () => 404;
    await expect(edge.invalidate(request(['/never-seen']), call())).resolves.toBeDefined();
    expect(cache.log).toHaveLength(1);
  });

  it.each([
    [401, 'auth', 'does not allow PURGE /a'],
    [403, 'auth', 'HTTP 403'],
    [405, 'auth', 'HTTP 405'],
    [400, 'rejected', 'refused PURGE /a'],
    [301, 'rejected', 'HTTP 301'],
    [503, 'unavailable', 'failed PURGE /a'],
  ])('%d is %s', async (status, kind, part) => {
    const { cache, edge } = await openEdge();
    cache.answer = () => status;
    const refused = edge.invalidate(request(['/a']), call());
    await expect(refused).rejects.toMatchObject({ kind, message: expect.stringContaining(part) });
  });

  it('429 says how long to wait', async () => {
    const { cache, edge } = await openEdge();
    cache.answer = () => ({ status: 429, headers: 'Retry-After: 2\r\n' });
    const refused = edge.invalidate(request(['/a']), call());
    await expect(refused).rejects.toMatchObject({ kind: 'throttled', retryAfterMs: 2_000 });
  });

  it('a failure stops the rest, and a retry sends only what is left', async () => {
    const { cache, edge } = await openEdge();
    const items = request(Array.from({ length: 500 }, (_, i) => `/f/${i}`));
    cache.answer = ({ path }) => (path === '/f/20' ? 503 : 200);
    await expect(edge.invalidate(items, call())).rejects.toMatchObject({ kind: 'unavailable' });
    const before = cache.log.length;
    expect(before).toBeLessThan(50);
    cache.answer = () => 200;
    await edge.invalidate(items, call());
    expect(cache.log).toHaveLength(500);
  });
});

describe('what the configuration does not say', () => {
  it.each([
    [['/app/*'], 'prefixes'],
    [['*'], 'prefixes'],
    [['#tag'], 'tagHeader'],
  ])('%j is refused', async (items, option) => {
    const { cache, edge } = await openEdge();
    await expect(edge.invalidate(request(items), call())).rejects.toMatchObject({
      kind: 'rejected',
      hint: expect.stringContaining(`\`${option}\``),
    });
    expect(cache.log).toEqual([]);
  });

  it('a variable that is not set', async () => {
    const { edge } = await openEdge({ headersFrom: [{ header: 'x-purge-token', variable: 'PURGE_TOKEN' }] });
    expect(() => edge.ready?.()).toThrow('not set: PURGE_TOKEN');
    await expect(edge.invalidate(request(['/a']), call())).rejects.toMatchObject({ kind: 'auth' });
  });
});

describe('options', () => {
  const endpoint = 'http://127.0.0.1:6081';

  it.each([
    ['nothing', {}, 'endpoint'],
    ['a cache twice', { endpoint: [endpoint, endpoint] }, 'each cache once'],
    ['a method that is none', { endpoint, method: 'PUR GE' }, 'HTTP method'],
    ['a path that ends in a slash', { endpoint, pathPrefix: '/purge/' }, 'expected a path such as /purge'],
    ['a secret', { endpoint, headers: { Authorization: 'Basic x' } }, 'headersFrom'],
    ['a line break in a header', { endpoint, headers: { 'x-a': 'b\r\nx-c: d' } }, 'without line breaks'],
    ['a way to name prefixes that there is not', { endpoint, prefixes: 'regex' }, 'ban-header'],
    ['an unknown key', { endpoint, header: {} }, 'header'],
  ])('refuses %s', (_, raw, part) => {
    expect(() => httpEdge.parse(raw, 'environments.prod.edge')).toThrow(part);
  });
});
