import { describe, expect, it, onTestFinished } from 'vitest';
import { openApi } from '../../providers/cloudflare/api.ts';
import { createCloudflareEdge } from '../../providers/cloudflare/edge.ts';
import { cloudflareEdge } from '../../providers/cloudflare/index.ts';
import type { Pacing } from '../../providers/cloudflare/pace.ts';
import type { Edge } from '../../src/provider/contract.ts';
import { call, request } from '../contract/edge.ts';
import { type CloudflareServer, startCloudflareServer } from '../servers/cloudflare.ts';

const zoneId = '023e105f4ecef8ad9ca31a8372d0c353';
const token = 'a-token-that-nobody-may-see';
const urls = (count: number): string[] => Array.from({ length: count }, (_, i) => `/f/${i}.css`);
const folders = (count: number): string[] => Array.from({ length: count }, (_, i) => `/d${i}/*`);

/** A clock that only pauses move. */
function makePacing(): Pacing & { readonly pauses: number[] } {
  const pauses: number[] = [];
  let now = 1000;
  return {
    pauses,
    now: () => now,
    pause: async (ms) => {
      pauses.push(ms);
      now += ms;
    },
  };
}

interface Opened {
  readonly server: CloudflareServer;
  readonly edge: Edge;
  readonly pauses: readonly number[];
}

async function openEdge(more: object = {}, apiToken = token): Promise<Opened> {
  const server = await startCloudflareServer({ zoneId, token, most: 'plan' in more ? 500 : 100 });
  onTestFinished(() => server.close());
  const options = cloudflareEdge.parse({ zoneId, endpoint: server.endpoint, ...more }, 'edge');
  const pacing = makePacing();
  const edge = createCloudflareEdge(await openApi(options, apiToken), { ...options, pacing });
  return { server, edge, pauses: pacing.pauses };
}

describe('what is sent', () => {
  it('plain URLs, prefixes without a scheme, tags, the host for all of it, and everything', async () => {
    const { server, edge } = await openEdge({ cacheTags: true });
    await edge.invalidate(request(['/a%20b.css', '/app/*', '/page*', '/*', '#site']), call());
    expect(server.log.map(({ body }) => body)).toEqual([
      { files: ['https://static.shop.example/a%20b.css'] },
      { prefixes: ['static.shop.example/app/', 'static.shop.example/page'] },
      { tags: ['site'] },
      { hosts: ['static.shop.example'] },
    ]);
    await edge.invalidate(request(['/a.css', '*', '#site']), call());
    expect(server.log.slice(4).map(({ body }) => body)).toEqual([{ purge_everything: true }]);
    expect(new Set(server.log.map(({ operation }) => operation))).toEqual(new Set(['purge_cache']));
  });

  it('softly, to the other call', async () => {
    const { server, edge } = await openEdge({ soft: true });
    await edge.invalidate(request(['/a.css', '/app/*']), call());
    expect(server.log.map(({ operation, status }) => [operation, status])).toEqual([
      ['invalidate_cache', 200],
      ['invalidate_cache', 200],
    ]);
  });

  it('the token alone, whatever else the variables hold', async () => {
    for (const name of ['CLOUDFLARE_API_KEY', 'CLOUDFLARE_EMAIL', 'CLOUDFLARE_API_USER_SERVICE_KEY']) {
      process.env[name] = 'from-the-environment';
      onTestFinished(() => void delete process.env[name]);
    }
    const { server, edge } = await openEdge();
    await edge.invalidate(request(['/a.css']), call());
    expect(server.log[0]?.headers.authorization).toBe(`Bearer ${token}`);
    expect(JSON.stringify(server.log[0]?.headers)).not.toContain('from-the-environment');
  });

  it.each([
    ['free', 250, [100, 100, 50]],
    ['enterprise', 750, [500, 250]],
  ])('in as many requests as the plan %s asks for', async (plan, count, sizes) => {
    const { server, edge } = await openEdge(plan === 'free' ? {} : { plan });
    await edge.invalidate(request(urls(count)), call());
    expect(server.log.map(({ body }) => (body.files as string[]).length)).toEqual(sizes);
  });

  it('a prefix that is too deep as the deepest that Cloudflare takes', async () => {
    const { server, edge } = await openEdge();
    const deep = `/${Array.from({ length: 40 }, (_, i) => `n${i}`).join('/')}/*`;
    await edge.invalidate(request([deep]), call());
    const [prefix = ''] = server.log[0]!.body.prefixes as string[];
    expect(prefix.split('/')).toHaveLength(32);
    expect(`static.shop.example${deep}`.startsWith(prefix)).toBe(true);
  });
});

describe('rates', () => {
  it('800 URLs a second on Free: the first 800 at once, the rest as the bucket fills', async () => {
    const { edge, pauses, server } = await openEdge();
    await edge.invalidate(request(urls(1_000)), call());
    expect(server.accepted()).toHaveLength(1_000);
    expect(pauses).toHaveLength(2);
    expect(pauses.reduce((sum, ms) => sum + ms)).toBeCloseTo(250, -1);
  });

  it('25 requests with prefixes on Free, then one in twelve seconds', async () => {
    const { edge, pauses, server } = await openEdge();
    const waits: number[] = [];
    await edge.invalidate(request(folders(2_700)), { ...call(), onWait: (ms) => waits.push(Math.round(ms / 1000)) });
    expect(server.log).toHaveLength(27);
    expect(pauses.map((ms) => Math.round(ms / 1000))).toEqual([12, 12]);
    expect(waits).toEqual([0, 12]);
  });

  it('an aborted wait rejects with its reason', async () => {
    const options = { zoneId };
    const api = { endpoint: '', send: () => Promise.resolve('sent') };
    const edge = createCloudflareEdge(api, options);
    const controller = new AbortController();
    const reason = new Error('SIGINT');
    setTimeout(() => controller.abort(reason), 50);
    await expect(edge.invalidate(request(folders(3_000)), { signal: controller.signal })).rejects.toBe(reason);
  });

  it('is what the planner hears', async () => {
    const { edge } = await openEdge();
    expect(edge.traits).toMatchObject({ maxPaths: 8_000, maxPrefixes: 1_200, prefixEnd: 'segment' });
    const { edge: big } = await openEdge({ plan: 'enterprise', cacheTags: true, queryStrings: 'cached' });
    expect(big.traits).toMatchObject({
      maxPaths: 30_000,
      maxTags: 25_000,
      queryStrings: 'cached',
      tagging: { header: 'cache-tag', separator: ',' },
    });
  });
});

describe('failures', () => {
  it('a retry goes on behind the requests that were accepted', async () => {
    const { server, edge } = await openEdge();
    const items = request(urls(250));
    server.failNext({ status: 200 });
    server.failNext({ status: 503 });
    await expect(edge.invalidate(items, call())).rejects.toMatchObject({ kind: 'unavailable' });
    await edge.invalidate(items, call());
    expect(server.log.map(({ status }) => status)).toEqual([200, 503, 200, 200]);
    expect(server.accepted()).toHaveLength(250);
  });

  it.each([
    [{ status: 403, errors: [{ code: 10000, message: 'Authentication error' }] }, 'auth', 'Zone.Cache Purge'],
    [{ status: 401, errors: [{ code: 9109, message: 'Invalid access token' }] }, 'auth', 'refused the API token'],
    [{ status: 400, errors: [{ code: 6003, message: 'Invalid request headers' }] }, 'auth', 'CLOUDFLARE_API_TOKEN'],
    [{ status: 404, errors: [{ code: 7003, message: 'Could not route' }] }, 'missing', `no zone ${zoneId}`],
    [{ status: 404, text: 'not found' }, 'missing', 'There is no zone'],
    [{ status: 400, errors: [{ code: 1012, message: 'bad' }] }, 'rejected', '/a.css ("bad, 1012")'],
    [{ status: 502, text: '<html>Bad Gateway' }, 'unavailable', 'HTTP 502'],
    [{ status: 200, text: '<html>Sign in' }, 'unavailable', 'cannot be reached'],
    [{ status: 200, errors: [{ code: 1, message: 'no' }] }, 'rejected', 'refused'],
  ] as const)('%j', async (fault, kind, part) => {
    const { server, edge } = await openEdge();
    server.failNext(fault);
    const refused = edge.invalidate(request(['/a.css']), call());
    await expect(refused).rejects.toMatchObject({ kind, message: expect.stringContaining(part) });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining(token) });
  });

  it.each([
    ['seconds', { 'retry-after': '7' }, 7_000],
    ['a date', { 'retry-after': 'Wed, 25 Nov 2026 10:00:09 GMT', date: 'Wed, 25 Nov 2026 10:00:00 GMT' }, 9_000],
    ['nothing', {}, undefined],
  ])('429 says how long to wait: %s', async (_, headers, retryAfterMs) => {
    const { server, edge } = await openEdge();
    server.failNext({ status: 429, errors: [{ code: 971, message: 'slow down' }], headers });
    await expect(edge.invalidate(request(['/a']), call())).rejects.toMatchObject({ kind: 'throttled', retryAfterMs });
    expect(server.log).toHaveLength(1);
  });

  it('a wrong token', async () => {
    const { edge } = await openEdge({}, 'wrong');
    await expect(edge.invalidate(request(['/a']), call())).rejects.toMatchObject({
      kind: 'auth',
      hint: expect.stringContaining(zoneId),
    });
  });

  it('nobody at the endpoint', async () => {
    const { endpoint, close } = await startCloudflareServer({ zoneId, token });
    await close();
    const edge = await openOne({ endpoint }, { CLOUDFLARE_API_TOKEN: token });
    await expect(edge.invalidate(request(['/a']), call())).rejects.toMatchObject({
      kind: 'unavailable',
      message: `Cloudflare at ${endpoint} cannot be reached ("ECONNREFUSED").`,
    });
  });

  it('no token, which only an invalidation needs', async () => {
    const edge = await openOne({}, {});
    await expect(edge.invalidate(request([]), call())).resolves.toEqual({ id: '' });
    await expect(edge.invalidate(request(['/a']), call())).rejects.toMatchObject({ kind: 'auth' });
    expect(() => edge.ready?.()).toThrow('CLOUDFLARE_API_TOKEN is not set');
  });
});

async function openOne(more: object, env: Readonly<Record<string, string>>): Promise<Edge> {
  const options = cloudflareEdge.parse({ zoneId, ...more }, 'edge');
  const [edge] = await cloudflareEdge.open(options, { env, directory: '/' });
  return edge!;
}

describe('options', () => {
  it.each([
    ['nothing', {}, 'zoneId'],
    ['a domain', { zoneId: 'shop.example' }, '32 hexadecimal digits'],
    ['an unknown plan', { zoneId, plan: 'gratis' }, 'plan'],
    ['an endpoint that is no URL', { zoneId, endpoint: 'api' }, 'endpoint'],
    ['an unknown key', { zoneId, zone: 'x' }, 'zone'],
  ])('refuses %s', (_, raw, part) => {
    expect(() => cloudflareEdge.parse(raw, 'environments.prod.edge')).toThrow(part);
  });
});
