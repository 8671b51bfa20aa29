import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openApi } from '../../providers/cloudfront/api.ts';
import { createCloudFrontEdge } from '../../providers/cloudfront/edge.ts';
import { cloudfrontEdge } from '../../providers/cloudfront/index.ts';
import type { Pacing } from '../../providers/cloudfront/patience.ts';
import type { Edge } from '../../src/provider/contract.ts';
import { call, request } from '../contract/edge.ts';
import { type CloudFrontServer, type CloudFrontServerOptions, startCloudFrontServer } from '../servers/cloudfront.ts';
import { testCredentials } from '../servers/moto-cloudfront.ts';

beforeAll(() => {
  for (const [name, value] of Object.entries(testCredentials)) vi.stubEnv(name, value);
});
afterAll(() => {
  vi.unstubAllEnvs();
});

const id = 'E2EXAMPLE';
const throttling = { status: 400, code: 'Throttling' };
const wildcards = (count: number): string[] => Array.from({ length: count }, (_, i) => `/w/${i}/*`);

/** A server, an edge over it, and a clock that only pauses move; `onPause` sees each pause. */
async function openEdge(
  options: Partial<CloudFrontServerOptions> = {},
  onPause: (ms: number, server: CloudFrontServer) => void = () => undefined,
): Promise<{ server: CloudFrontServer; edge: Edge; pauses: number[] }> {
  const server = await startCloudFrontServer({ distributions: [id], ...options });
  const api = await openApi({ endpoint: server.endpoint });
  onTestFinished(async () => {
    api.close();
    await server.close();
  });
  const pauses: number[] = [];
  let now = 0;
  const pacing: Partial<Pacing> = {
    now: () => now,
    random: () => 0.5,
    async pause(ms, signal) {
      signal.throwIfAborted();
      now += ms;
      pauses.push(ms);
      onPause(ms, server);
      signal.throwIfAborted();
    },
  };
  return { server, edge: createCloudFrontEdge(api, { name: 'cloudfront', distributionId: id, pacing }), pauses };
}

const creations = (server: CloudFrontServer) =>
  server.log.filter(({ operation }) => operation === 'CreateInvalidation');
const references = (server: CloudFrontServer) => creations(server).map(({ batch }) => batch?.callerReference);

describe('caller references', () => {
  it('trap 7: quick calls differ, batches differ, a retry of one call is the same', async () => {
    const { server, edge } = await openEdge();
    const big = request(wildcards(16));
    await edge.invalidate(big, call());
    await edge.invalidate(request(['/a']), call());
    expect(new Set(references(server)).size).toBe(3);
    await edge.invalidate(big, call());
    expect(references(server).slice(3)).toEqual(references(server).slice(0, 2));
    expect(server.accepted(id)).toHaveLength(17);
  });

  it('a retry after a throttled second batch goes on where it stopped', async () => {
    let creates = 0;
    const fault: CloudFrontServerOptions['fault'] = (operation) =>
      operation === 'CreateInvalidation' && ++creates === 2 ? throttling : undefined;
    const { server, edge } = await openEdge({ fault });
    const big = request(wildcards(16));
    await expect(edge.invalidate(big, call())).rejects.toMatchObject({ kind: 'throttled' });
    await edge.invalidate(big, call());
    expect(server.accepted(id).toSorted()).toEqual(wildcards(16).toSorted());
  });

  it('trap 7: two distributions get the same, complete items under different references', async () => {
    const server = await startCloudFrontServer({ distributions: ['E1', 'E2'] });
    onTestFinished(() => server.close());
    const options = cloudfrontEdge.parse({ distributionId: ['E1', 'E2'], endpoint: server.endpoint }, 'edge');
    const edges = await cloudfrontEdge.open(options, { env: {}, directory: '/' });
    const both = request(['/b.css', '/a.css', ...wildcards(20)]);
    for (const edge of edges) await edge.invalidate(both, call());
    expect(server.accepted('E2')).toEqual(server.accepted('E1'));
    expect(new Set(server.accepted('E1'))).toEqual(new Set(both.items));
    expect(new Set(references(server)).size).toBe(4);
  });
});

describe('limits', () => {
  it('waits until a batch is complete before it sends the next', async () => {
    const { server, edge, pauses } = await openEdge({ completeAfterPolls: 4 });
    const { id: ids } = await edge.invalidate(request(wildcards(31)), call());
    expect(ids.split(' ')).toHaveLength(3);
    expect(server.log.map(({ operation }) => operation[0]).join('')).toBe('CGGGGCGGGGC');
    expect(server.log.every(({ code }) => code === undefined)).toBe(true);
    expect(pauses.slice(0, 3)).toEqual([3_000, 4_500, 6_750]);
  });

  it('waits, ever longer, for places that other invalidations take', async () => {
    const taken: { complete(): void }[] = [];
    const { server, edge, pauses } = await openEdge({}, () => {
      if (pauses.length === 12) taken[0]?.complete();
    });
    taken.push(server.occupy(id, wildcards(15)));
    await edge.invalidate(request(['/docs/*']), call());
    expect(pauses).toHaveLength(12);
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
    expect(pauses.at(-1)).toBe(30_000);
    expect(server.accepted(id)).toContain('/docs/*');
    expect(new Set(references(server)).size).toBe(1);
  });

  it('keeps to Retry-After while it waits for its turn', async () => {
    let asked = 0;
    const fault: CloudFrontServerOptions['fault'] = (operation) =>
      operation === 'GetInvalidation' && ++asked === 2
        ? { ...throttling, headers: { 'retry-after': '20' } }
        : undefined;
    const { edge, pauses } = await openEdge({ completeAfterPolls: 3, fault });
    await edge.invalidate(request(wildcards(16)), call());
    // The vendor's 20 s, and on top of them the pause that was due anyway.
    expect(pauses.slice(0, 3)).toEqual([3_000, 24_500, 6_750]);
  });

  it('gives up after 15 minutes, with the reason', async () => {
    const { server, edge, pauses } = await openEdge();
    server.occupy(id, wildcards(15));
    await expect(edge.invalidate(request(['/docs/*']), call())).rejects.toMatchObject({
      kind: 'throttled',
      message: 'CloudFront distribution E2EXAMPLE has too many invalidations in progress.',
    });
    expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(15 * 60_000, -1);
  });

  it('gives up on a batch that does not complete', async () => {
    const { edge } = await openEdge({ completeAfterPolls: 1_000 });
    await expect(edge.invalidate(request(wildcards(16)), call())).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('was not complete after 15 minutes'),
    });
  });

  it('stops waiting when the call is aborted', async () => {
    const controller = new AbortController();
    const reason = new Error('SIGINT');
    const { server, edge, pauses } = await openEdge({}, () => {
      if (pauses.length === 2) controller.abort(reason);
    });
    server.occupy(id, wildcards(15));
    const waiting = edge.invalidate(request(['/docs/*']), { signal: controller.signal });
    await expect(waiting).rejects.toBe(reason);
    expect(creations(server)).toHaveLength(2);
  });

  it('a real pause ends at once when the call is aborted', async () => {
    const server = await startCloudFrontServer({ distributions: [id] });
    const api = await openApi({ endpoint: server.endpoint });
    onTestFinished(() => server.close());
    server.occupy(id, wildcards(15));
    const edge = createCloudFrontEdge(api, { name: 'cloudfront', distributionId: id });
    const controller = new AbortController();
    const reason = new Error('SIGINT');
    setTimeout(() => controller.abort(reason), 100);
    const started = performance.now();
    await expect(edge.invalidate(request(['/docs/*']), { signal: controller.signal })).rejects.toBe(reason);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('waits throttling out once it has waited for places', async () => {
    const taken: { complete(): void }[] = [];
    const { server, edge, pauses } = await openEdge({}, (_ms, at) => {
      if (pauses.length === 1) at.failNext(throttling, 2);
      if (pauses.length === 4) taken[0]?.complete();
    });
    taken.push(server.occupy(id, wildcards(15)));
    await edge.invalidate(request(['/docs/*']), call());
    expect(server.log.filter(({ code }) => code === 'Throttling')).toHaveLength(2);
    expect(server.accepted(id)).toContain('/docs/*');
  });
});

describe('what CloudFront refuses', () => {
  it('throttling is left to the retry wrapper, with the time the vendor asks for', async () => {
    const { server, edge, pauses } = await openEdge();
    server.failNext({ ...throttling, headers: { 'retry-after': '3' } });
    await expect(edge.invalidate(request(['/a']), call())).rejects.toMatchObject({
      kind: 'throttled',
      retryAfterMs: 3_000,
    });
    expect(pauses).toEqual([]);
    expect(server.log).toHaveLength(1);
  });

  it.each([
    ['an unknown distribution', { distributions: ['EOTHER'] }, ['/a'], 'missing', 'E2EXAMPLE does not exist'],
    ['a wrong path', {}, ['/a b'], 'rejected', '/a b'],
  ] as const)('%s', async (_, options, items, kind, part) => {
    const { edge } = await openEdge(options);
    const refused = edge.invalidate(request(items), call());
    await expect(refused).rejects.toMatchObject({ kind, message: expect.stringContaining(part) });
  });

  it('a missing permission to poll is named', async () => {
    const { server, edge } = await openEdge();
    const { id: accepted } = await edge.invalidate(request(['/a']), call());
    server.failNext({ status: 403, code: 'AccessDenied', message: 'not authorized' });
    const asked = edge.settled?.(accepted, call());
    await expect(asked).rejects.toMatchObject({ kind: 'auth', message: expect.stringContaining('GetInvalidation') });
  });

  it('nobody at the endpoint', async () => {
    const api = await openApi({ endpoint: 'http://127.0.0.1:1' });
    const edge = createCloudFrontEdge(api, { name: 'cloudfront', distributionId: id });
    await expect(edge.invalidate(request(['/a']), call())).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('http://127.0.0.1:1'),
    });
  });

  it('no credentials', async () => {
    const { server, edge } = await openEdge();
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    onTestFinished(() => {
      for (const [name, value] of Object.entries(testCredentials)) vi.stubEnv(name, value);
    });
    await expect(edge.invalidate(request(['/a']), call())).rejects.toMatchObject({ kind: 'auth' });
    expect(server.log).toEqual([]);
  });
});

describe('settled', () => {
  it('is false until every part is complete', async () => {
    const { edge } = await openEdge({ completeAfterPolls: 3 });
    const { id: ids } = await edge.invalidate(request(wildcards(16)), call());
    expect(ids).toMatch(/^\w+ \w+$/);
    expect(await edge.settled?.(ids, call())).toBe(false);
    expect(await edge.settled?.(ids, call())).toBe(false);
    expect(await edge.settled?.(ids, call())).toBe(true);
  });
});

describe('opening', () => {
  it.each([
    ['one id', 'E1', ['cloudfront']],
    ['a list', ['E1', 'E2'], ['cloudfront:E1', 'cloudfront:E2']],
    // The name stays when the list grows: what is owed is kept by name.
    ['a list of one', ['E1'], ['cloudfront:E1']],
  ])('names the edges of %s', async (_, distributionId, names) => {
    const edges = await cloudfrontEdge.open(cloudfrontEdge.parse({ distributionId }, 'edge'), {
      env: {},
      directory: '/',
    });
    expect(edges.map(({ name }) => name)).toEqual(names);
    for (const edge of edges) await edge.close?.();
  });

  it.each([
    ['nothing', {}, 'distributionId'],
    ['an empty list', { distributionId: [] }, 'distributionId'],
    ['an id twice', { distributionId: ['E1', 'E1'] }, 'each distribution once'],
    ['an ARN', { distributionId: 'arn:aws:cloudfront::1:distribution/E1' }, 'id of a distribution'],
    ['an endpoint that is no URL', { distributionId: 'E1', endpoint: 'localhost:5555' }, 'endpoint'],
    ['an unknown key', { distributionId: 'E1', distribution: 'E2' }, 'distribution'],
  ])('refuses %s', (_, raw, part) => {
    expect(() => cloudfrontEdge.parse(raw, 'environments.prod.edge')).toThrow(part);
  });
});

it('the option queryStrings is a trait, so that the planner names `path*`', async () => {
  const traitsOf = async (more: object) => {
    const options = cloudfrontEdge.parse({ distributionId: 'E2EXAMPLE', ...more }, 'edge');
    const [edge] = await cloudfrontEdge.open(options, { env: {}, directory: '/' });
    await edge?.close?.();
    return edge?.traits;
  };
  expect((await traitsOf({}))?.queryStrings).toBe('ignored');
  expect(await traitsOf({ queryStrings: 'cached' })).toMatchObject({ queryStrings: 'cached', maxPrefixes: 15 });
});
