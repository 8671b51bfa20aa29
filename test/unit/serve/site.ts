import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { localEdge, localOrigin } from '../../../providers/local/index.ts';
import type { Headers } from '../../../src/model.ts';
import type { Origin } from '../../../src/provider/contract.ts';
import { canServe } from '../../../src/provider/serving.ts';
import type { ServedRequest } from '../../../src/serve/handler.ts';
import { type ServeOptions, startServe } from '../../../src/serve/serve.ts';
import { calm, toObject } from '../../contract/body.ts';
import { makeTree } from '../../temp.ts';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Site {
  /** Folder of the objects. */
  readonly directory: string;
  readonly port: number;
  readonly log: ServedRequest[];
  readonly origin: Origin;
  put(key: string, content: string | Uint8Array, headers?: Headers): Promise<void>;
  invalidate(...items: string[]): Promise<void>;
  /** The request target goes out as it stands. */
  get(target: string, headers?: Record<string, string>, method?: string): Promise<Reply>;
  /** Moves the clock of the cache. */
  advance(ms: number): void;
}

export const day: Headers = { 'cache-control': 'public, max-age=86400', 'content-type': 'text/css; charset=utf-8' };

/** A store and a running edge over it. The deploying side is opened apart, as it is another process in real life. */
export async function openSite(more: Partial<ServeOptions> = {}): Promise<Site> {
  const directory = makeTree();
  const context = { env: {}, directory };
  const options = localOrigin.parse({ directory: 'cdn' }, 'origin');
  const origin = await localOrigin.open(options, context);
  const [edge] = await localEdge.open(options, context);
  const served = await localOrigin.open(options, context);
  if (!canServe(served)) throw new Error('The local origin cannot be served.');
  let offsetMs = 0;
  let calls = 0;
  const log: ServedRequest[] = [];
  const running = await startServe({
    serving: served.serving,
    url: 'http://127.0.0.1/static/',
    host: '127.0.0.1',
    port: 0,
    now: () => Date.now() + offsetMs,
    onRequest: (request) => log.push(request),
    ...more,
  });
  onTestFinished(() => running.close());
  return {
    directory: join(directory, 'cdn'),
    port: running.port,
    log,
    origin,
    async put(key, content, headers = day) {
      await origin.write(toObject(key, content, { headers }), calm());
    },
    async invalidate(...items) {
      await edge?.invalidate({ url: 'http://127.0.0.1/static/', items, nonce: `test-${calls++}` }, calm());
    },
    get: (target, headers, method) => get(running.port, target, headers, method),
    advance(ms) {
      offsetMs += ms;
    },
  };
}

export function get(
  port: number,
  target: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port, path: target, method, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
        );
      },
    );
    request.on('error', reject);
    request.end();
  });
}
