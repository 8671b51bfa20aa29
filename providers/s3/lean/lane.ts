import { readFailure } from './failure.ts';
import { hostOf, type Route } from './route.ts';
import { type Identity, Signer } from './sign.ts';
import type { OpenAnswer, Sent, WholeAnswer, Wire } from './wire.ts';

/** SHA-256 of nothing. */
const emptyDigest = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export interface LeanRequest {
  readonly method: Sent['method'];
  /** As src/lean/route.ts encodes it, after the bucket's path; empty for the bucket itself. */
  readonly key: string;
  /** Percent-encoded and sorted by name. */
  readonly query?: string;
  /** Names in lower case, without `host` and what a signature brings. */
  readonly headers?: Readonly<Record<string, string>>;
  /** With its lower-case hex SHA-256. */
  readonly body?: { readonly bytes: Buffer; readonly sha256: string };
}

/** What the store's clock shows, less this machine's, in milliseconds. */
export interface Clock {
  offsetMs: number;
}

/**
 * The short way to a bucket: signed requests over connections of its own, without the SDK's layers, which cost several times what a request
 * does. Rejects with errors in the SDK's shape.
 */
export interface Lane {
  readonly host: string;
  send(request: LeanRequest, signal: AbortSignal): Promise<WholeAnswer>;
  open(request: LeanRequest, signal: AbortSignal): Promise<OpenAnswer>;
}

export interface LaneOptions {
  readonly wire: Wire;
  readonly route: Route;
  readonly clock: Clock;
  identify(): Identity | Promise<Identity>;
}

export function makeLane({ wire, route, clock, identify }: LaneOptions): Lane {
  const signer = new Signer(route.region);
  const host = hostOf(route);

  async function prepare({ method, key, query = '', headers, body }: LeanRequest): Promise<Sent> {
    const sent: Record<string, string> = { host, 'x-amz-content-sha256': body?.sha256 ?? emptyDigest, ...headers };
    const path = route.basePath + key;
    if (body) sent['content-length'] = String(body.bytes.length);
    signer.sign({ method, path, query, headers: sent }, await identify(), Date.now() + clock.offsetMs);
    const target = query === '' ? path : `${path}?${query}`;
    return { method, path: target, headers: sent, ...(body ? { body: body.bytes } : {}) };
  }

  return {
    host: route.hostname,
    async send(request, signal) {
      const signedBy = clock.offsetMs;
      const answer = await wire.send(await prepare(request), signal);
      if (answer.status !== 200) throw readFailure(answer, answer.body, { clock, signedBy });
      return answer;
    },
    async open(request, signal) {
      const signedBy = clock.offsetMs;
      const answer = await wire.open(await prepare(request), signal);
      if (answer.status === 200) return answer;
      const chunks: Buffer[] = [];
      for await (const chunk of answer.body) chunks.push(chunk);
      throw readFailure(answer, Buffer.concat(chunks), { clock, signedBy });
    },
  };
}
