import { once, setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, request as openRequest, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { S3Error } from './s3-error.ts';

/** What goes wrong with one request. "Answer" is what the target says; bytes are those of bodies, heads come on top. */
export type Fault =
  /** The connection is cut; the target never hears of the request. */
  | { readonly kind: 'reset' }
  /** The target does it and answers; the connection is cut before the client hears of it. */
  | { readonly kind: 'lose-answer' }
  /** Passed on after a pause, and then as `next` says. */
  | { readonly kind: 'delay'; readonly ms: number; readonly next?: Fault }
  /** Silence on an open connection. `request`: the target never hears of it. `answer`: after so many bytes; 0 is silence from the start. */
  | { readonly kind: 'stall'; readonly of: 'request' | 'answer'; readonly afterBytes: number }
  /** The connection is cut after so many bytes of the body; a shorter one passes whole. */
  | { readonly kind: 'truncate'; readonly of: 'request' | 'answer'; readonly afterBytes: number }
  /** Slow, and never silent for longer than `everyMs`. */
  | { readonly kind: 'trickle'; readonly of: 'request' | 'answer'; readonly bytes: number; readonly everyMs: number }
  /** An answer of our own: in place of the target's doing, or, with `afterEffect`, in place of its answer only. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      readonly afterEffect?: boolean;
    };

export interface ProxiedRequest {
  /** Counts all requests of this proxy from 0. */
  readonly index: number;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface FaultProxy {
  readonly endpoint: string;
  /** In the order of arrival, with what went wrong with each. */
  readonly requests: readonly (ProxiedRequest & { readonly fault: Fault | undefined })[];
  /** Ends stalled requests too. */
  close(): Promise<void>;
}

/** An S3 error as `answer`: `answerS3(503, 'SlowDown', { 'retry-after': '1' })`. */
export function answerS3(
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
  afterEffect = false,
): Fault {
  const body = new S3Error(status, code, `${code} by the proxy`).render();
  return { kind: 'answer', status, headers: { 'content-type': 'application/xml', ...headers }, body, afterEffect };
}

/**
 * An HTTP proxy on the loopback address that passes requests on as they come, `Host` included, so that signatures stay right, and does to them
 * what `fault` says: `undefined` is nothing. Give its endpoint to the client in place of the target's.
 */
export async function startFaultProxy(options: {
  /** As `http://127.0.0.1:9000`. */
  readonly target: string;
  readonly fault: (request: ProxiedRequest) => Fault | undefined;
}): Promise<FaultProxy> {
  const requests: (ProxiedRequest & { fault: Fault | undefined })[] = [];
  const closed = new AbortController();
  setMaxListeners(0, closed.signal);
  const server = createServer({ keepAliveTimeout: 30_000, requestTimeout: 0 }, (message, response) => {
    const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
    const request = { index: requests.length, method: message.method ?? 'GET', path: message.url ?? '/', headers };
    const fault = options.fault(request);
    requests.push({ ...request, fault });
    const exchange = new Exchange(options.target, message, response, closed.signal);
    // Whatever breaks here breaks for the client, which is what it is for.
    exchange.run(fault).catch(() => exchange.cut());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      closed.abort();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One request and its answer on their way. */
class Exchange {
  readonly #target: string;
  readonly #message: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #closed: AbortSignal;
  readonly #socket: Socket;

  constructor(target: string, message: IncomingMessage, response: ServerResponse, closed: AbortSignal) {
    this.#target = target;
    this.#message = message;
    this.#response = response;
    this.#closed = closed;
    // A message that has been left early no longer knows it.
    this.#socket = message.socket;
    message.on('error', () => undefined);
    response.on('error', () => undefined);
  }

  /** A reset, not a polite end: that is what broken networks do. */
  cut(): void {
    this.#socket.resetAndDestroy();
  }

  async run(fault: Fault | undefined): Promise<void> {
    switch (fault?.kind) {
      case 'reset':
        return this.cut();
      case 'delay':
        await sleep(fault.ms, undefined, { signal: this.#closed });
        return this.run(fault.next);
      case 'answer':
        if (fault.afterEffect) (await this.#forward(this.#message)).resume();
        return this.#answer(fault);
      case 'lose-answer':
        await drain(await this.#forward(this.#message));
        return this.cut();
      case 'stall':
      case 'truncate':
      case 'trickle':
        return fault.of === 'request' ? this.#breakRequest(fault) : this.#breakAnswer(fault);
      case undefined:
        return this.#passOn(await this.#forward(this.#message), (body) => body);
    }
  }

  /** Sends the request to the target and resolves with its answer. The target sees a cut connection when `body` throws. */
  async #forward(body: AsyncIterable<Buffer>): Promise<IncomingMessage> {
    const { method, url, rawHeaders } = this.#message;
    const { hostname, port } = new URL(this.#target);
    const outgoing = openRequest({ hostname, port, method, path: url, headers: rawHeaders, agent: false });
    outgoing.on('error', () => undefined);
    const end = (): void => void outgoing.destroy();
    this.#closed.addEventListener('abort', end);
    // Of thousands of requests, listeners that stay take more time than all else.
    outgoing.once('close', () => this.#closed.removeEventListener('abort', end));
    const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
    // The answer may come, or fail, before the body is through.
    answered.catch(() => undefined);
    try {
      for await (const chunk of body)
        if (!outgoing.write(chunk)) await Promise.race([once(outgoing, 'drain'), answered]);
      outgoing.end();
    } catch (error) {
      outgoing.destroy();
      throw error;
    }
    const [answer] = await answered;
    return answer;
  }

  async #passOn(
    answer: IncomingMessage,
    change: (body: AsyncIterable<Buffer>) => AsyncIterable<Buffer>,
  ): Promise<void> {
    this.#response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    this.#response.flushHeaders();
    for await (const chunk of change(answer)) {
      if (!this.#response.write(chunk)) await once(this.#response, 'drain', { signal: this.#closed });
    }
    this.#response.end();
  }

  async #breakRequest(fault: Extract<Fault, { of: string }>): Promise<void> {
    if (fault.kind === 'stall') return this.#stay();
    await this.#passOn(await this.#forward(this.#damaged(this.#message, fault)), (body) => body);
  }

  async #breakAnswer(fault: Extract<Fault, { of: string }>): Promise<void> {
    const answer = await this.#forward(this.#message);
    // A reset would take back what is on its way, so a truncated answer ends politely.
    if (fault.kind === 'truncate') {
      return this.#passOn(answer, (body) => this.#damaged(body, fault)).catch(() => void this.#socket.end());
    }
    if (fault.kind === 'trickle' || fault.afterBytes > 0) {
      return this.#passOn(answer, (body) => this.#damaged(body, fault));
    }
    await drain(answer);
    await this.#stay();
  }

  async *#damaged(body: AsyncIterable<Buffer>, fault: Extract<Fault, { of: string }>): AsyncIterable<Buffer> {
    let left = fault.kind === 'trickle' ? Number.POSITIVE_INFINITY : fault.afterBytes;
    for await (const chunk of body) {
      const step = fault.kind === 'trickle' ? fault.bytes : chunk.length;
      for (let at = 0; at < chunk.length; at += step) {
        const piece = chunk.subarray(at, Math.min(at + step, at + left));
        left -= piece.length;
        if (piece.length > 0) yield piece;
        if (fault.kind === 'trickle') await sleep(fault.everyMs, undefined, { signal: this.#closed });
        if (left > 0) continue;
        if (fault.kind === 'stall') await this.#stay();
        throw new Error('cut');
      }
    }
  }

  #answer({ status, headers = {}, body = '' }: Extract<Fault, { kind: 'answer' }>): void {
    // A body that nobody reads would block the connection.
    this.#message.resume();
    this.#response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers });
    this.#response.end(this.#message.method === 'HEAD' ? '' : body);
  }

  /** Until the client gives up or the proxy is closed. */
  async #stay(): Promise<void> {
    // Only a socket that is read notices that the other side is gone.
    this.#message.resume();
    if (!this.#socket.destroyed) await once(this.#socket, 'close', { signal: this.#closed });
  }
}

async function drain(message: IncomingMessage): Promise<void> {
  for await (const _ of message);
}
