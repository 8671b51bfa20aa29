import { describe, expect, it, onTestFinished } from 'vitest';
import { fastlyEdge } from '../../providers/fastly/index.ts';
import type { Edge } from '../../src/provider/contract.ts';
import { retryEdge } from '../../src/provider/retry.ts';
import { call, request } from '../contract/edge.ts';
import { type FastlyServer, type FastlyServerOptions, startFastlyServer } from '../servers/fastly.ts';

const serviceId = 'SU1TEST';
const token = 'a-token-that-nobody-may-see';
const keys = (count: number): string[] => Array.from({ length: count }, (_, i) => `#k${i}`);
const urls = (count: number): string[] => Array.from({ length: count }, (_, i) => `/f/${i}.css`);

interface Opened {
  readonly server: FastlyServer;
  readonly edge: Edge;
}

async function openEdge(more: object = {}, settings: Partial<FastlyServerOptions> = {}): Promise<Opened> {
  const server = await startFastlyServer({ serviceId, token, ...settings });
  const edge = await openOne({ endpoint: server.endpoint, ...more }, { FASTLY_API_TOKEN: token });
  onTestFinished(() => server.close());
  return { server, edge };
}

async function openOne(more: object, env: Readonly<Record<string, string>>): Promise<Edge> {
  const [edge] = await fastlyEdge.open(fastlyEdge.parse({ serviceId, ...more }, 'edge'), { env, directory: '/' });
  onTestFinished(() => edge!.close?.());
  return edge!;
}

describe('what is sent', () => {
  it('one request for each URL, by the host that visitors use', async () => {
    const { server, edge } = await openEdge();
    const { id } = await edge.invalidate(request(['/a%20b.css', '/']), call());
    expect(server.log.map(({ path, soft }) => [path, soft]).toSorted()).toEqual([
      ['/purge/static.shop.example/', false],
      ['/purge/static.shop.example/a%20b.css', false],
    ]);
    expect(id).toMatch(/^108-1391560174-\d and 1 more$/);
  });

  it('surrogate keys in batches of 256, softly', async () => {
    const { server, edge } = await openEdge({ surrogateKeys: true, soft: true });
    const { id } = await edge.invalidate(request(keys(600)), call());
    expect(id).toMatch(/^108-1391560174-\d+ and 2 more$/);
    expect(server.log.map((one) => one.keys.length).toSorted()).toEqual([256, 256, 88]);
    expect(server.log.every(({ soft, path }) => soft && path === `/service/${serviceId}/purge`)).toBe(true);
  });

  it('everything in one request, which cannot be soft', async () => {
    const { server, edge } = await openEdge({ soft: true });
    await expect(edge.invalidate(request(['/a.css', '*']), call())).resolves.toEqual({ id: 'purged' });
    expect(server.log.map(({ path, soft }) => [path, soft])).toEqual([[`/service/${serviceId}/purge_all`, false]]);
  });

  it('everything for a prefix that is still owed, since Fastly has no prefixes', async () => {
    const { server, edge } = await openEdge();
    await edge.invalidate(request(['/app/*', '/a.css']), call());
    expect(server.accepted()).toEqual(['all']);
  });
});

describe('rate limits', () => {
  it('stops at the last purge that is left, says until when, and goes on behind it', async () => {
    const { server, edge } = await openEdge({}, { remaining: 3 });
    const items = request(urls(40));
    const refused = await edge.invalidate(items, call()).then(
      () => undefined,
      (error: { kind: string; retryAfterMs: number }) => error,
    );
    expect(refused).toMatchObject({ kind: 'throttled' });
    expect(refused!.retryAfterMs).toBeGreaterThan(20_000);
    expect(refused!.retryAfterMs).toBeLessThanOrEqual(31_000);
    // Those that were under way when the third answer came are all that was sent in vain.
    expect(server.log.length).toBeLessThanOrEqual(3 + 8);
    // Before the reset nothing is asked at all.
    const sent = server.log.length;
    await expect(edge.invalidate(items, call())).rejects.toMatchObject({ kind: 'throttled' });
    expect(server.log).toHaveLength(sent);
    expect(server.accepted()).toHaveLength(3);
  });

  it('a 429 is waited out by the retry wrapper, and nothing is purged twice', async () => {
    const { server, edge } = await openEdge();
    server.failNext({ status: 429, msg: 'slow down', headers: { 'retry-after': '1' } });
    const delays: number[] = [];
    const patient = retryEdge(edge, { budgetMs: 10_000, onRetry: ({ delayMs }) => delays.push(delayMs) });
    await patient.invalidate(request(urls(20)), call());
    // As long as was asked, and a little more at random.
    expect(delays).toHaveLength(1);
    expect(delays[0]).toBeGreaterThanOrEqual(1_000);
    expect(server.accepted().toSorted()).toEqual(
      urls(20)
        .map((path) => `url static.shop.example${path}`)
        .toSorted(),
    );
  });
});

describe('failures', () => {
  it.each([
    [{ status: 401, msg: 'Provided credentials are missing or invalid' }, ['/a'], 'auth', 'refused the API token'],
    [{ status: 403, msg: 'not authorized' }, ['/a'], 'auth', 'lacks the scope purge_select'],
    [{ status: 403, msg: 'not authorized' }, ['*'], 'auth', 'lacks the scope purge_all'],
    [{ status: 404, msg: 'Record not found' }, ['#k'], 'missing', 'no Fastly service SU1TEST'],
    [{ status: 404, msg: 'Record not found' }, ['/a'], 'rejected', 'refused to purge /a: HTTP 404'],
    [{ status: 400, msg: 'bad.' }, ['#k'], 'rejected', 'the key k: HTTP 400 ("bad")'],
    [{ status: 503 }, ['/a'], 'unavailable', 'HTTP 503'],
  ] as const)('%j of %j', async (fault, items, kind, part) => {
    const { server, edge } = await openEdge();
    server.failNext(fault);
    const refused = edge.invalidate(request(items), call());
    await expect(refused).rejects.toMatchObject({ kind, message: expect.stringContaining(part) });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining(token) });
  });

  it('another service', async () => {
    const { edge } = await openEdge({ serviceId: 'OTHER' });
    await expect(edge.invalidate(request(['*']), call())).rejects.toMatchObject({ kind: 'missing' });
  });

  it('nobody at the endpoint', async () => {
    const { endpoint, close } = await startFastlyServer({ serviceId, token });
    await close();
    const edge = await openOne({ endpoint }, { FASTLY_API_TOKEN: token });
    await expect(edge.invalidate(request(['/a']), call())).rejects.toMatchObject({
      kind: 'unavailable',
      message: `Fastly at ${endpoint} cannot be reached (ECONNREFUSED).`,
    });
  });

  it('an abort while requests are under way', async () => {
    const { server, edge } = await openEdge();
    const controller = new AbortController();
    const reason = new Error('SIGINT');
    const gone = edge.invalidate(request(urls(2_000)), { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 30);
    await expect(gone).rejects.toBe(reason);
    expect(server.log.length).toBeLessThan(2_000);
  });

  it('no token, which only an invalidation needs', async () => {
    const edge = await openOne({}, {});
    await expect(edge.invalidate(request([]), call())).resolves.toEqual({ id: '' });
    await expect(edge.invalidate(request(['/a']), call())).rejects.toMatchObject({ kind: 'auth' });
    expect(() => edge.ready?.()).toThrow('FASTLY_API_TOKEN is not set');
  });
});

describe('options', () => {
  it('surrogate keys are what the planner hears', async () => {
    const tagged = await openOne({ surrogateKeys: true, queryStrings: 'cached' }, {});
    expect(tagged.traits.scopes).toEqual(['paths', 'tags', 'everything']);
    expect(tagged.traits).toMatchObject({
      tagging: { header: 'surrogate-key', separator: ' ' },
      queryStrings: 'cached',
    });
    expect((await openOne({}, {})).traits.tagging).toBeUndefined();
  });

  it.each([
    ['nothing', {}, 'serviceId'],
    ['a URL', { serviceId: 'https://x' }, 'id of a service'],
    ['an unknown key', { serviceId, service: 'x' }, 'service'],
    ['a soft that is no switch', { serviceId, soft: 'yes' }, 'soft'],
  ])('refuses %s', (_, raw, part) => {
    expect(() => fastlyEdge.parse(raw, 'environments.prod.edge')).toThrow(part);
  });
});
