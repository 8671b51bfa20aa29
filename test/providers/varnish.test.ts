import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fastlyEdge } from '../../providers/fastly/index.ts';
import { httpEdge } from '../../providers/http/index.ts';
import type { Edge, InvalidationRequest } from '../../src/provider/contract.ts';
import { call } from '../contract/edge.ts';
import { noVarnish, type RealEdge, startVarnish } from '../servers/debian-edge.ts';
import { tokens } from './edge-shop.ts';

if (noVarnish !== undefined) console.info(`not covered: every scope at a real Varnish (${noVarnish})`);

describe.skipIf(noVarnish !== undefined)('every scope at a real Varnish', () => {
  let origin: Server;
  let varnish: RealEdge;
  let serial = 0;
  beforeAll(async () => {
    // Every answer is another one, so a body tells whether it is a copy. Keys are those of an S3 object: `site`, and the first folder.
    origin = createServer(({ url = '/' }, response) => {
      const keys = `site top-${url.split('/')[1]}`;
      response.writeHead(200, { 'cache-control': 'max-age=3600', 'x-amz-meta-surrogate-key': keys });
      response.end(String(serial++));
    }).listen(0, '127.0.0.1');
    await once(origin, 'listening');
    varnish = await startVarnish((origin.address() as AddressInfo).port);
  });
  afterAll(async () => {
    await varnish?.close();
    origin.closeAllConnections();
    origin.close();
  });

  const hosts = { ours: () => varnish.endpoint.replace('127.0.0.1', 'localhost'), other: () => varnish.endpoint };

  async function get(path: string, host: keyof typeof hosts = 'ours'): Promise<string> {
    return (await fetch(hosts[host]() + path)).text();
  }

  /** Fetches all paths, invalidates, and tells which were fetched from the origin again. */
  async function findGone(edge: Edge, items: readonly string[], paths: readonly string[]): Promise<readonly string[]> {
    const before = new Map<string, string>();
    for (const path of paths) before.set(path, await get(path));
    await edge.invalidate(ask(items), call());
    const gone: string[] = [];
    for (const path of paths) if ((await get(path)) !== before.get(path)) gone.push(path);
    return gone;
  }

  function ask(items: readonly string[]): InvalidationRequest {
    return { url: `${hosts.ours()}/`, items, nonce: crypto.randomUUID() };
  }

  async function openHttp(more: object = {}, env: Readonly<Record<string, string>> = tokens): Promise<Edge> {
    const from = { headersFrom: [{ header: 'x-purge-token', variable: 'PURGE_TOKEN' }] };
    const raw = { endpoint: varnish.endpoint, prefixes: 'ban-header', tagHeader: 'xkey-purge', ...from, ...more };
    const [edge] = await httpEdge.open(httpEdge.parse(raw, 'edge'), { env, directory: '/' });
    return edge!;
  }

  async function openFastly(more: object = {}, env: Readonly<Record<string, string>> = tokens): Promise<Edge> {
    const raw = { serviceId: 'SU1TEST', endpoint: varnish.api, surrogateKeys: true, ...more };
    const [edge] = await fastlyEdge.open(fastlyEdge.parse(raw, 'edge'), { env, directory: '/' });
    return edge!;
  }

  const paths = ['/', '/app/x.css', '/app/y+z.(1).js', '/apple.css', '/a%20b/caf%C3%A9.html', '/docs/'];

  it.each([
    ['PURGE', () => openHttp()],
    ["fastly's API", () => openFastly()],
  ])('a URL by %s', async (_, open) => {
    expect(await findGone(await open(), ['/app/y+z.(1).js'], paths)).toEqual(['/app/y+z.(1).js']);
    expect(await findGone(await open(), ['/a%20b/caf%C3%A9.html', '/'], paths)).toEqual(['/', '/a%20b/caf%C3%A9.html']);
  });

  it('a prefix by BAN', async () => {
    const edge = await openHttp();
    expect(await findGone(edge, ['/app/*'], paths)).toEqual(['/app/x.css', '/app/y+z.(1).js']);
    expect(await findGone(edge, ['/app/y+z.(1)*'], paths)).toEqual(['/app/y+z.(1).js']);
    expect(await findGone(edge, ['/app*'], paths)).toEqual(['/app/x.css', '/app/y+z.(1).js', '/apple.css']);
  });

  it('everything of our host, and nothing of another one, by BAN', async () => {
    const other = await get('/app/x.css', 'other');
    expect(await findGone(await openHttp(), ['*'], paths)).toEqual(paths);
    expect(await get('/app/x.css', 'other')).toBe(other);
  });

  it.each([
    ['xkey', () => openHttp()],
    ["fastly's API", () => openFastly()],
  ])('surrogate keys by %s', async (_, open) => {
    expect(await findGone(await open(), ['#top-app'], paths)).toEqual(['/app/x.css', '/app/y+z.(1).js']);
    const many = Array.from({ length: 600 }, (_, i) => `#nobody-${i}`);
    expect(await findGone(await open(), [...many, '#top-docs', '#top-apple.css'], paths)).toEqual([
      '/apple.css',
      '/docs/',
    ]);
    expect(await findGone(await open(), ['#site'], paths)).toEqual(paths);
  });

  it("everything by fastly's API", async () => {
    expect(await findGone(await openFastly(), ['*'], paths)).toEqual(paths);
  });

  it.each([
    ['a URL', '/app/x.css'],
    ['a key', '#top-app'],
  ])('%s softly: the old copy once, the new one after it', async (_, item) => {
    const edge = await openFastly({ soft: true });
    const old = await get('/app/x.css');
    await edge.invalidate(ask([item]), call());
    expect(await get('/app/x.css')).toBe(old);
    await expect.poll(() => get('/app/x.css'), { timeout: 5_000 }).not.toBe(old);
  });

  it('a URL that was never asked for', async () => {
    await (await openHttp()).invalidate(ask(['/never']), call());
    await (await openFastly()).invalidate(ask(['/never']), call());
  });

  it('a wrong token is told apart from a failure', async () => {
    const wrong = { FASTLY_API_TOKEN: 'wrong', PURGE_TOKEN: 'wrong' };
    await expect((await openHttp({}, wrong)).invalidate(ask(['/']), call())).rejects.toMatchObject({ kind: 'auth' });
    await expect((await openFastly({}, wrong)).invalidate(ask(['/']), call())).rejects.toMatchObject({ kind: 'auth' });
    const other = await openFastly({ serviceId: 'SU2OTHER' });
    await expect(other.invalidate(ask(['*']), call())).rejects.toMatchObject({ kind: 'missing' });
  });
});
