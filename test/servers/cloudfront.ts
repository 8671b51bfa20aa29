import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  parseBatch,
  renderError,
  renderInvalidation,
  renderList,
  type SentBatch,
  type StoredInvalidation,
} from './cloudfront-xml.ts';

/** One request as the server took it, and what it answered. */
export interface LoggedRequest {
  readonly operation: Operation;
  readonly distribution: string;
  readonly status: number;
  /** The error's code; absent on success. */
  readonly code?: string;
  /** What CreateInvalidation carried. */
  readonly batch?: SentBatch;
}

export type Operation = 'CreateInvalidation' | 'GetInvalidation' | 'ListInvalidations' | 'unknown';

/** An answer instead of the regular one. */
export interface Fault {
  readonly status: number;
  readonly code: string;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface CloudFrontServerOptions {
  readonly distributions: readonly string[];
  /** An invalidation is complete at its n-th GetInvalidation; 1 unless said or `completeAfterMs` is. */
  readonly completeAfterPolls?: number;
  /** Or so long after it was made, whatever was polled. */
  readonly completeAfterMs?: number;
  /** Asked before each request; an answer is given instead of the regular one. */
  readonly fault?: (operation: Operation, distribution: string) => Fault | undefined;
}

export interface CloudFrontServer {
  readonly endpoint: string;
  readonly log: readonly LoggedRequest[];
  /** The items of all invalidations of one distribution. */
  accepted(distribution: string): readonly string[];
  /** Occupies places of a distribution, as another deployment would, until `complete`. */
  occupy(distribution: string, items: readonly string[]): { complete(): void };
  /** The next `count` requests get this answer. */
  failNext(fault: Fault, count?: number): void;
  close(): Promise<void>;
}

interface Invalidation extends StoredInvalidation {
  polls: number;
  readonly madeAt: number;
  occupied: boolean;
}

// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-invalidations
const maxPaths = 3_000;
const maxWildcards = 15;
const maxPathLength = 4_000;

/**
 * A CloudFront that knows invalidations only: REST-XML of 2020-05-31, checked by test/providers/cloudfront-server.test.ts against the
 * same client as moto is. It keeps everything in memory and does not check signatures.
 */
export async function startCloudFrontServer(options: CloudFrontServerOptions): Promise<CloudFrontServer> {
  const stored = new Map(options.distributions.map((id) => [id, [] as Invalidation[]]));
  const log: LoggedRequest[] = [];
  const faults: Fault[] = [];

  const { completeAfterMs = Number.POSITIVE_INFINITY } = options;
  const completeAfterPolls =
    options.completeAfterPolls ?? (options.completeAfterMs === undefined ? 1 : Number.POSITIVE_INFINITY);
  const isComplete = (one: Invalidation): boolean =>
    !one.occupied && (one.polls >= completeAfterPolls || Date.now() - one.madeAt >= completeAfterMs);
  const statusOf = (one: Invalidation): string => (isComplete(one) ? 'Completed' : 'InProgress');

  const add = (list: Invalidation[], batch: SentBatch, occupied = false): Invalidation => {
    const id = `I${randomBytes(8).toString('hex').toUpperCase()}`;
    const one = { id, batch, createTime: new Date().toISOString(), madeAt: Date.now(), polls: 0, occupied };
    list.push(one);
    return one;
  };

  const create = (list: Invalidation[], distribution: string, body: string): Answer => {
    const batch = parseBatch(body);
    if (batch === undefined) return refuse(400, 'MissingBody', 'This operation requires a body.');
    const known = list.find((one) => one.batch.callerReference === batch.callerReference);
    if (known !== undefined && String(known.batch.items) !== String(batch.items))
      return refuse(400, 'InvalidArgument', reusedReference);
    const refusal =
      known === undefined
        ? findRefusal(
            batch,
            list.filter((one) => !isComplete(one)),
          )
        : undefined;
    if (refusal !== undefined) return { ...refusal, batch };
    const one = known ?? add(list, batch);
    const location = `https://cloudfront.amazonaws.com/2020-05-31/distribution/${distribution}/invalidation/${one.id}`;
    return { status: 201, xml: renderInvalidation(one, statusOf(one)), headers: { location }, batch };
  };

  const list = (all: Invalidation[], query: URLSearchParams): Answer => {
    const newestFirst = all.toReversed();
    const marker = query.get('Marker') ?? '';
    const maxItems = Number(query.get('MaxItems') ?? 100);
    const start = marker === '' ? 0 : newestFirst.findIndex((one) => one.id === marker) + 1;
    const page = newestFirst.slice(start, start + maxItems);
    const nextMarker = start + maxItems < newestFirst.length ? page.at(-1)?.id : undefined;
    const summaries = page.map((one) => ({ id: one.id, createTime: one.createTime, status: statusOf(one) }));
    return { status: 200, xml: renderList({ summaries, marker, nextMarker, maxItems }) };
  };

  const answer = (operation: Operation, route: Route, body: string): Answer => {
    const fault = faults.shift() ?? options.fault?.(operation, route.distribution);
    if (fault !== undefined)
      return {
        ...refuse(fault.status, fault.code, fault.message ?? 'Rate exceeded'),
        ...(fault.headers && { headers: fault.headers }),
      };
    const all = stored.get(route.distribution);
    if (operation === 'unknown') return refuse(404, 'InvalidAction', 'This server knows invalidations only.');
    if (all === undefined) return refuse(404, 'NoSuchDistribution', 'The specified distribution does not exist.');
    if (operation === 'CreateInvalidation') return create(all, route.distribution, body);
    if (operation === 'ListInvalidations') return list(all, route.query);
    const one = all.find(({ id }) => id === route.invalidation);
    if (one === undefined) return refuse(404, 'NoSuchInvalidation', 'The specified invalidation does not exist.');
    one.polls++;
    return { status: 200, xml: renderInvalidation(one, statusOf(one)) };
  };

  const server = createServer(async (request, response) => {
    const route = parseRoute(request);
    const operation = operationOf(request.method, route);
    const given = answer(operation, route, await readBody(request));
    const { status, code, batch } = given;
    log.push({ operation, distribution: route.distribution, status, ...(code && { code }), ...(batch && { batch }) });
    send(response, given);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    log,
    accepted: (distribution) => (stored.get(distribution) ?? []).flatMap(({ batch }) => batch.items),
    occupy(distribution, items) {
      const batch = { callerReference: `other-${randomBytes(4).toString('hex')}`, quantity: items.length, items };
      const one = add(stored.get(distribution) ?? [], batch, true);
      return {
        complete() {
          one.occupied = false;
          one.polls = Number.POSITIVE_INFINITY;
        },
      };
    },
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

interface Answer {
  readonly status: number;
  readonly xml?: string;
  readonly code?: string;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly batch?: SentBatch;
}

interface Route {
  readonly distribution: string;
  readonly invalidation: string | undefined;
  readonly query: URLSearchParams;
  readonly known: boolean;
}

// The words of AWS, as bug reports quote them: https://github.com/aws/aws-cdk/issues/3878
const reusedReference =
  'Your request contains a caller reference that was used for a previous invalidation batch for the same distribution.';

function findRefusal({ items, quantity }: SentBatch, inProgress: readonly Invalidation[]): Answer | undefined {
  if (quantity !== items.length)
    return refuse(400, 'InconsistentQuantities', "The value of Quantity and the size of Items don't match.");
  if (items.length === 0) return refuse(400, 'InvalidArgument', 'Your request must contain at least one path.');
  const wrong = items.some((item) => !/^\/[\x21-\x29\x2b-\x7e]*\*?$/.test(item) || item.length > maxPathLength);
  if (wrong) return refuse(400, 'InvalidArgument', 'Your request contains one or more invalid invalidation paths.');
  const files = items.filter((item) => !item.endsWith('*')).length;
  if (files > maxPaths) return refuse(413, 'BatchTooLarge', 'Your request contains too many invalidation paths.');
  const busy = inProgress.flatMap(({ batch }) => batch.items);
  const busyFiles = busy.filter((item) => !item.endsWith('*')).length;
  const wildcards = items.length - files + busy.length - busyFiles;
  if (files + busyFiles <= maxPaths && wildcards <= maxWildcards) return undefined;
  return refuse(
    400,
    'TooManyInvalidationsInProgress',
    'Processing your request will cause you to exceed the maximum number of in-progress wildcard invalidations.',
  );
}

function refuse(status: number, code: string, message: string): Answer {
  return { status, code, message };
}

function parseRoute(request: IncomingMessage): Route {
  const url = new URL(request.url ?? '/', 'http://server.invalid');
  const found = /^\/2020-05-31\/distribution\/([^/]+)\/invalidation(?:\/([^/]+))?$/.exec(url.pathname);
  return {
    distribution: decodeURIComponent(found?.[1] ?? ''),
    invalidation: found?.[2],
    query: url.searchParams,
    known: found !== null,
  };
}

function operationOf(method: string | undefined, { known, invalidation }: Route): Operation {
  if (known && method === 'POST' && invalidation === undefined) return 'CreateInvalidation';
  if (known && method === 'GET') return invalidation === undefined ? 'ListInvalidations' : 'GetInvalidation';
  return 'unknown';
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, { status, xml, code, message, headers }: Answer): void {
  const requestId = randomBytes(8).toString('hex');
  response.writeHead(status, { 'content-type': 'text/xml', 'x-amzn-requestid': requestId, ...headers });
  response.end(xml ?? renderError(code ?? '', message ?? '', requestId));
}
