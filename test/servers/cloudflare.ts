import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CloudflareRequest {
  readonly operation: 'purge_cache' | 'invalidate_cache' | 'unknown';
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: IncomingMessage['headers'];
}

export interface CloudflareFault {
  readonly status: number;
  readonly errors?: readonly { readonly code: number; readonly message: string }[];
  /** A whole body instead of Cloudflare's envelope. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface CloudflareServerOptions {
  readonly zoneId: string;
  readonly token: string;
  /** Most items of one request; 100, and 500 URLs on Enterprise. */
  readonly most?: number;
}

export interface CloudflareServer {
  readonly endpoint: string;
  readonly log: readonly CloudflareRequest[];
  /** Items of all requests that were accepted, each with its field: `files https://…`. */
  accepted(): readonly string[];
  /** The next `count` requests get this answer. */
  failNext(fault: CloudflareFault, count?: number): void;
  close(): Promise<void>;
}

/**
 * The two cache operations of Cloudflare's API: `POST /zones/{id}/purge_cache` and `/invalidate_cache`. Keeps what it accepts in memory.
 * The same calls run against cloudflare.openapi.yaml, which cites Cloudflare's pages rule by rule.
 */
export async function startCloudflareServer(options: CloudflareServerOptions): Promise<CloudflareServer> {
  const { zoneId, token, most = 100 } = options;
  const log: CloudflareRequest[] = [];
  const faults: CloudflareFault[] = [];

  const answer = (route: Route, request: IncomingMessage, body: Readonly<Record<string, unknown>>): CloudflareFault => {
    const fault = faults.shift();
    if (fault !== undefined) return fault;
    if (request.headers.authorization !== `Bearer ${token}`) return refuse(403, 10000, 'Authentication error');
    if (route.operation === 'unknown') return refuse(400, 7000, 'No route for that URI');
    if (route.zoneId !== zoneId) return refuse(404, 7003, 'Could not route to /zones/…, invalid object identifier');
    const mistake = findMistake(body, most);
    return mistake === undefined ? { status: 200 } : refuse(400, 1012, mistake);
  };

  const server = createServer(async (request, response) => {
    const body = await readJson(request);
    const route = readRoute(request);
    const given = answer(route, request, body);
    log.push({ operation: route.operation, status: given.status, body, headers: request.headers });
    send(response, given, log.length, zoneId);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/client/v4`,
    log,
    accepted: () => log.filter(({ status }) => status === 200).flatMap(({ body }) => listItems(body)),
    failNext(fault, count = 1) {
      for (let i = 0; i < count; i++) faults.push(fault);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Route {
  readonly operation: CloudflareRequest['operation'];
  readonly zoneId: string;
}

function readRoute({ method, url = '' }: IncomingMessage): Route {
  const found = /^\/client\/v4\/zones\/([^/]+)\/(purge_cache|invalidate_cache)$/.exec(url);
  if (method !== 'POST' || found === null) return { operation: 'unknown', zoneId: '' };
  return { operation: found[2] as Route['operation'], zoneId: found[1] ?? '' };
}

function findMistake(body: Readonly<Record<string, unknown>>, most: number): string | undefined {
  const [field, ...others] = Object.keys(body);
  if (field === undefined || others.length > 0) return 'Request must contain exactly one of the fields';
  if (field === 'purge_everything') return body[field] === true ? undefined : 'purge_everything must be true';
  const items = body[field];
  if (!['files', 'tags', 'hosts', 'prefixes'].includes(field)) return `unknown field ${field}`;
  if (!Array.isArray(items) || items.length === 0) return `"${field}" must be an array`;
  if (items.length > most) return `no more than ${most} ${field}`;
  const right = {
    files: /^https?:\/\/[^/]+\//,
    prefixes: /^[^/?#:]+(:\d+)?(\/[^?#]*)?$/,
    tags: /^\S+$/,
    hosts: /^[^/]+$/,
  };
  const wrong = items.find((item) => typeof item !== 'string' || !right[field as keyof typeof right].test(item));
  return wrong === undefined ? undefined : `invalid ${field}: ${JSON.stringify(wrong)}`;
}

function listItems(body: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(body).flatMap(([field, items]) =>
    Array.isArray(items) ? items.map((item) => `${field} ${item}`) : [field],
  );
}

function refuse(status: number, code: number, message: string): CloudflareFault {
  return { status, errors: [{ code, message }] };
}

async function readJson(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}');
}

function send(response: ServerResponse, given: CloudflareFault, nth: number, zoneId: string): void {
  const { status, errors = [], text, headers } = given;
  const success = status === 200 && errors.length === 0;
  const envelope = { success, errors, messages: [], result: success ? { id: zoneId } : null };
  response.writeHead(status, { 'content-type': 'application/json', 'cf-ray': `ray-${nth}`, ...headers });
  response.end(text ?? JSON.stringify(envelope));
}
