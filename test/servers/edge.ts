import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';

/** An answer that would be right. */
export interface Good {
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
}

/** Answers in the place of the right one. */
export type Fault = (response: ServerResponse, good: Good | undefined, request: IncomingMessage) => void;

export interface EdgeServer {
  /** Ends in `/static/`. */
  readonly url: string;
  readonly port: number;
  /** By name below `url`; `*` for every name without a fault of its own. */
  readonly faults: Map<string, Fault>;
  readonly requests: { readonly name: string; readonly headers: IncomingHttpHeaders }[];
  /** Most requests that were under way at once. */
  readonly busiest: () => number;
}

/** An HTTP server in the place of a CDN, which misbehaves where it is told to. It is closed when the test ends. */
export async function startEdge(
  look: (name: string) => Promise<Good | undefined> | Good | undefined,
): Promise<EdgeServer> {
  const faults = new Map<string, Fault>();
  const requests: { name: string; headers: IncomingHttpHeaders }[] = [];
  let open = 0;
  let busiest = 0;
  const server = createServer(async (request, response) => {
    const name = decodeURIComponent((request.url ?? '').replace('/static/', ''));
    requests.push({ name, headers: request.headers });
    busiest = Math.max(busiest, ++open);
    response.on('close', () => open--);
    let good: Good | undefined;
    try {
      good = await look(name);
    } catch {
      // As a CDN whose origin is away.
      response.writeHead(502).end();
      return;
    }
    const fault = faults.get(name) ?? faults.get('*');
    if (fault) fault(response, good, request);
    else if (good) sendGood(response, good);
    else response.writeHead(404, { 'content-type': 'text/plain' }).end('nothing here');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/static/`, port, faults, requests, busiest: () => busiest };
}

export function sendGood(response: ServerResponse, { headers, bytes }: Good): void {
  response.writeHead(200, { ...headers, 'content-length': bytes.length }).end(bytes);
}

const page = '<!doctype html><title>app</title>';

export const faults = {
  /** What single page applications are often given: the same page for every name, with the headers of the name. */
  fallback: (response, good) =>
    response.writeHead(200, { ...good?.headers, 'content-type': 'text/html; charset=utf-8' }).end(page),
  broken: (response, good) => {
    response.writeHead(200, { ...good?.headers, 'content-length': good?.bytes.length ?? 0 });
    response.write(good?.bytes.subarray(0, 2));
    setTimeout(() => response.destroy(), 20);
  },
  truncated: (response, good) =>
    sendGood(response, { headers: {}, ...good, bytes: good?.bytes.subarray(0, 2) ?? pageBytes }),
  gzip: (response, good) => sendCoded(response, good, 'gzip', gzipSync(good?.bytes ?? pageBytes)),
  brotli: (response, good) => sendCoded(response, good, 'br', brotliCompressSync(good?.bytes ?? pageBytes)),
  brokenGzip: (response, good) => sendCoded(response, good, 'gzip', gzipSync(good?.bytes ?? pageBytes).subarray(0, -9)),
  moved: (response) => response.writeHead(301, { location: 'https://elsewhere.example/' }).end(),
  /** Accepts and says nothing. */
  hang: () => undefined,
} satisfies Record<string, Fault>;

const pageBytes = new TextEncoder().encode(page);

function sendCoded(response: ServerResponse, good: Good | undefined, coding: string, bytes: Uint8Array): void {
  response.writeHead(200, { ...good?.headers, 'content-encoding': coding, vary: 'accept-encoding' }).end(bytes);
}

/** Sends other headers with the right bytes; an empty one is left out. */
export function withHeaders(changes: Readonly<Record<string, string>>): Fault {
  return (response, good) => {
    const all = Object.entries({ ...good?.headers, ...changes }).filter(([, value]) => value !== '');
    sendGood(response, { headers: Object.fromEntries(all), bytes: good?.bytes ?? pageBytes });
  };
}

/** Fails the first `times` requests with a status, then answers well. */
export function failing(times: number, status: number, headers: Readonly<Record<string, string>> = {}): Fault {
  let left = times;
  return (response, good) => {
    if (left-- > 0) response.writeHead(status, headers).end();
    else if (good) sendGood(response, good);
    else response.writeHead(404).end();
  };
}
