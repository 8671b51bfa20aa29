import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Edge } from '../../src/provider/contract.ts';

interface Copy {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface CachingEdge {
  /** Where visitors fetch: the environment's URL path stands behind it. */
  readonly endpoint: string;
  readonly edge: Edge;
  readonly hits: () => number;
  close(): Promise<void>;
}

const passedOn = ['content-type', 'cache-control', 'etag'];

/**
 * A CDN's cache in front of a store that answers plain GETs: keeps what `s-maxage` or `max-age` lets it keep, until it is told to forget. `base` is the
 * path of the environment's URL, `origin` the address that takes its place.
 */
export async function startCachingEdge(options: {
  readonly origin: string;
  readonly base: string;
}): Promise<CachingEdge> {
  const copies = new Map<string, Copy>();
  let forgotten = 0;
  let hits = 0;
  const fill = async (path: string): Promise<Copy> => {
    const before = forgotten;
    const answer = await fetch(options.origin + path.slice(options.base.length));
    const headers = Object.fromEntries(passedOn.flatMap((name) => [[name, answer.headers.get(name) ?? '']]));
    const copy = { status: answer.status, headers, body: Buffer.from(await answer.arrayBuffer()) };
    // What was asked for before an invalidation may be old already.
    if (
      before === forgotten &&
      answer.status === 200 &&
      /(?:s-maxage|max-age)=[1-9]/.test(headers['cache-control'] ?? '')
    )
      copies.set(path, copy);
    return copy;
  };
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const known = copies.get(path);
    if (known) hits++;
    void Promise.resolve(known ?? fill(path)).then(
      (copy) => send(response, copy),
      (error: unknown) => void response.writeHead(502).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hits: () => hits,
    edge: {
      name: 'caching-edge',
      traits: {
        scopes: ['paths', 'prefixes'],
        encoding: 'uri',
        maxPaths: 3000,
        price: { perItemUsd: 0, freePerMonth: 0 },
      },
      async invalidate({ items }) {
        forgotten++;
        for (const item of items) {
          if (!item.endsWith('*')) copies.delete(item);
          else for (const path of copies.keys()) if (path.startsWith(item.slice(0, -1))) copies.delete(path);
        }
        return { id: `I${forgotten}` };
      },
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function send(response: ServerResponse, { status, headers, body }: Copy): void {
  response.writeHead(status, { ...headers, 'content-length': body.byteLength }).end(body);
}
