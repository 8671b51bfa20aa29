import { createServer, type Server } from 'node:http';
import { UsageError } from '../errors/errors.ts';
import type { Serving } from '../provider/serving.ts';
import { handle, type ServedRequest } from './handler.ts';
import { Lookup } from './lookup.ts';

export interface ServeOptions {
  readonly serving: Serving;
  /** The environment's public URL: what stands behind its path is the key. */
  readonly url: string;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Bytes of bodies kept in memory; 256 MiB unless said. */
  readonly cacheBytes?: number;
  readonly onRequest?: (request: ServedRequest) => void;
  readonly signal?: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export interface RunningServe {
  readonly port: number;
  /** Lets answers under way finish for two seconds. */
  close(): Promise<void>;
}

const defaultCacheBytes = 256 * 1024 * 1024;
const graceMs = 2000;

/**
 * Starts the embedded edge over a store. Resolves when it listens. Throws UsageError USAGE when the port or the address cannot be taken.
 * An abort of `signal` closes it.
 */
export async function startServe(options: ServeOptions): Promise<RunningServe> {
  options.signal?.throwIfAborted();
  const { serving, onRequest, now = Date.now, cacheBytes = defaultCacheBytes } = options;
  const lookup = new Lookup(serving, { cacheBytes, now });
  const base = toBase(options.url);
  const server = createServer((request, response) => {
    const started = performance.now();
    response.on('close', () => {
      const cache = response.getHeader('x-cache');
      onRequest?.({
        method: request.method ?? '',
        path: (request.url ?? '').replace(/\?.*/s, ''),
        status: response.statusCode,
        cache: cache === 'HIT' || cache === 'MISS' ? cache : undefined,
        durationMs: performance.now() - started,
      });
    });
    void handle(lookup, base, request, response);
  });
  const port = await listen(server, options.host, options.port);
  const close = makeClose(server);
  options.signal?.addEventListener('abort', () => void close(), { once: true });
  return { port, close };
}

/** The decoded path of a URL, with a slash at both ends. */
function toBase(url: string): string {
  const path = decodeURIComponent(new URL(url).pathname);
  return path.endsWith('/') ? path : `${path}/`;
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(toUsageError(error, host, port)));
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address ? address.port : port;
}

function toUsageError(error: Error, host: string, port: number): Error {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'it is in use by another program',
    EACCES: 'this user may not take it',
    EADDRNOTAVAIL: 'this machine does not have that address',
    ENOTFOUND: 'there is no such host',
  };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const reason = reasons[code];
  if (reason === undefined) return error;
  const message = `Cannot listen on ${host} port ${port}: ${reason}.`;
  return new UsageError('USAGE', message, { hint: 'Choose another one with --port.', cause: error });
}

function makeClose(server: Server): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => {
    closing ??= new Promise((resolve) => {
      const force = setTimeout(() => server.closeAllConnections(), graceMs);
      server.close(() => {
        clearTimeout(force);
        resolve();
      });
      server.closeIdleConnections();
    });
    return closing;
  };
}
