import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FastlyRequest {
  readonly path: string;
  readonly status: number;
  readonly soft: boolean;
  readonly keys: readonly string[];
}

export interface FastlyFault {
  readonly status: number;
  readonly msg?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FastlyServerOptions {
  readonly serviceId: string;
  readonly token: string;
  /** Purges until Fastly-RateLimit-Remaining is 0; endless unless said. */
  readonly remaining?: number;
}

export interface FastlyServer {
  readonly endpoint: string;
  readonly log: readonly FastlyRequest[];
  /** What was accepted: `url <host>/<path>`, `key <surrogate key>` or `all`. */
  accepted(): readonly string[];
  failNext(fault: FastlyFault, count?: number): void;
  /** A new window begins with so many purges. */
  refill(remaining: number): void;
  close(): Promise<void>;
}

// https://www.fastly.com/documentation/reference/api/purging/
const mostKeys = 256;

/** The four purging calls of Fastly's API, with its rate limit headers. */
export async function startFastlyServer(options: FastlyServerOptions): Promise<FastlyServer> {
  const { serviceId, token } = options;
  const log: FastlyRequest[] = [];
  const faults: FastlyFault[] = [];
  let remaining = options.remaining ?? Number.POSITIVE_INFINITY;

  const answer = (request: IncomingMessage, keys: readonly string[]): FastlyFault => {
    const fault = faults.shift();
    if (fault !== undefined) return fault;
    const { method, url = '', headers } = request;
    if (headers['fastly-key'] !== token) return { status: 401, msg: 'Provided credentials are missing or invalid' };
    const service = /^\/service\/([^/]+)\//.exec(url)?.[1];
    const isKnown = /^\/purge\/[^/]+\/|^\/service\/[^/]+\/(purge|purge_all)$/.test(url);
    if (method !== 'POST' || !isKnown) return { status: 404, msg: 'Record not found' };
    if (service !== undefined && service !== serviceId) return { status: 404, msg: 'Record not found' };
    if (url.endsWith('/purge') && service !== undefined && (keys.length === 0 || keys.length > mostKeys))
      return { status: 400, msg: `expected 1 to ${mostKeys} surrogate keys` };
    if (remaining <= 0) return { status: 429, msg: 'You have exceeded your hourly rate limit' };
    remaining--;
    return { status: 200 };
  };

  const server = createServer((request, response) => {
    request.resume();
    const keys = String(request.headers['surrogate-key'] ?? '')
      .split(' ')
      .filter((key) => key !== '');
    const given = answer(request, keys);
    const soft = request.headers['fastly-soft-purge'] === '1';
    log.push({ path: request.url ?? '', status: given.status, soft, keys });
    const limit = { 'fastly-ratelimit-remaining': String(remaining), 'fastly-ratelimit-reset': resetAt() };
    const body = given.status === 200 ? answerOf(log.at(-1)?.path ?? '', keys, log.length) : { msg: given.msg };
    send(response, given, Number.isFinite(remaining) ? limit : {}, body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    log,
    accepted: () => log.filter(({ status }) => status === 200).flatMap(name),
    failNext(fault, count = 1) {
      for (let i = 0; i < count; i++) faults.push(fault);
    },
    refill(count) {
      remaining = count;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Half a minute from now, in seconds since 1970, as Fastly writes it. */
function resetAt(): string {
  return String(Math.floor(Date.now() / 1000) + 30);
}

function name({ path, keys }: FastlyRequest): readonly string[] {
  if (path.endsWith('/purge_all')) return ['all'];
  if (keys.length > 0) return keys.map((key) => `key ${key}`);
  return [`url ${path.slice('/purge/'.length)}`];
}

/** A purge of a URL has an id, each key of a batch has one, and a purge of everything has none. */
function answerOf(path: string, keys: readonly string[], nth: number): Readonly<Record<string, string>> {
  if (path.endsWith('/purge_all')) return { status: 'ok' };
  if (keys.length === 0) return { status: 'ok', id: `108-1391560174-${nth}` };
  return Object.fromEntries(keys.map((key, index) => [key, `108-1391560174-${nth}${index}`]));
}

function send(
  response: ServerResponse,
  { status, headers }: FastlyFault,
  limit: Readonly<Record<string, string>>,
  body: object,
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...limit, ...headers });
  response.end(JSON.stringify(body));
}
