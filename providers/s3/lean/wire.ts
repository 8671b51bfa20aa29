import { setMaxListeners } from 'node:events';
import { connect as connectPlain } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { buildConnector, Dispatcher, Pool } from 'undici';

export interface Sent {
  readonly method: 'GET' | 'HEAD' | 'PUT';
  /** With the query. */
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface WholeAnswer extends Answer {
  readonly body: Buffer;
}

export interface OpenAnswer extends Answer {
  readonly body: AsyncIterable<Buffer>;
}

/** Connections to one host. Rejects with Node's or undici's errors, or with the signal's reason. */
export interface Wire {
  send(sent: Sent, signal: AbortSignal): Promise<WholeAnswer>;
  /** Resolves with the headers of an answer of 200, whose body comes as it is read; other answers come whole. */
  open(sent: Sent, signal: AbortSignal): Promise<OpenAnswer>;
  close(): Promise<void>;
}

export interface WireOptions {
  readonly connections: number;
  readonly connectTimeoutMs: number;
  /** How long a socket may be without a byte in either direction. */
  readonly socketTimeoutMs: number;
}

/** An idle connection that is older may be closed by the store at the very moment it is used. */
const idleMs = 15_000;
const highWater = 2 ** 20;

/** undici's connections: half the processor time of node:http for a request, and no more than one request at a time on each. */
export async function openWire(origin: string, options: WireOptions): Promise<Wire> {
  // Not the whole package: the rest of it, `fetch` above all, takes three times as long to load.
  const { default: PoolClass } = await import('undici/lib/dispatcher/pool.js');
  const pool: Pool = new PoolClass(origin, {
    connections: options.connections,
    pipelining: 1,
    // A body that comes or goes slowly is alive; sockets and the watch above look for the dead ones.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: idleMs,
    connect: makeConnector(options),
  });
  const start = (sent: Sent, signal: AbortSignal, receiver: Receiver<never>): void => {
    signal.throwIfAborted();
    // Every request under way may listen to the one signal of the run; Node takes more than ten for a leak.
    setMaxListeners(0, signal);
    pool.dispatch({ ...sent, body: sent.body ?? null }, receiver);
  };
  return {
    send: (sent, signal) =>
      new Promise((resolve, reject) => start(sent, signal, new Whole(signal, resolve, reject) as never)),
    open: (sent, signal) =>
      new Promise((resolve, reject) => start(sent, signal, new Open(signal, resolve, reject) as never)),
    close: () => pool.destroy(),
  };
}

function makeConnector({ connectTimeoutMs, socketTimeoutMs }: WireOptions): buildConnector.connector {
  let session: Buffer | undefined;
  return ({ hostname, port, protocol, servername }, done) => {
    const isTls = protocol === 'https:';
    const to = { host: hostname, port: Number(port) || (isTls ? 443 : 80), noDelay: true, keepAlive: true };
    const socket = isTls
      ? connectTls({
          ...to,
          servername: servername ?? '',
          ALPNProtocols: ['http/1.1'],
          ...(session ? { session } : {}),
        })
      : connectPlain(to);
    socket.on('session', (next: Buffer) => {
      session = next;
    });
    socket.setTimeout(connectTimeoutMs, () => {
      const { bytesRead } = socket;
      // A process that stood still finds its timers due before it has looked at what arrived meanwhile.
      setImmediate(() => {
        if (socket.bytesRead !== bytesRead) return;
        socket.destroy(Object.assign(new Error('the connection has been silent for too long'), { code: 'ETIMEDOUT' }));
      });
    });
    const fail = (error: Error): void => done(error, null);
    socket.once('error', fail);
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      // From here on errors are the request's; told twice, undici would take this connection for two.
      socket.off('error', fail);
      socket.setTimeout(socketTimeoutMs);
      done(null, socket);
    });
  };
}

/** Takes one answer. */
abstract class Receiver<T> implements Dispatcher.DispatchHandler {
  protected status = 0;
  protected headers: Answer['headers'] = {};
  protected controller: Dispatcher.DispatchController | undefined;
  readonly #signal: AbortSignal;
  readonly #resolve: (answer: T) => void;
  readonly #reject: (error: unknown) => void;

  constructor(signal: AbortSignal, resolve: (answer: T) => void, reject: (error: unknown) => void) {
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  readonly #onAbort = (): void => {
    this.controller?.abort(this.#signal.reason);
    this.onResponseError(undefined, this.#signal.reason);
  };

  protected answer(answer: T): void {
    this.#resolve(answer);
  }

  protected end(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.#signal.aborted) controller.abort(this.#signal.reason);
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Record<string, unknown>): void {
    this.status = status;
    this.headers = headers as Answer['headers'];
  }

  abstract onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void;

  abstract onResponseEnd(): void;

  onResponseError(_: unknown, error: unknown): void {
    this.end();
    this.#reject(error);
  }
}

class Whole extends Receiver<WholeAnswer> {
  readonly #chunks: Buffer[] = [];

  override onResponseData(_: unknown, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  override onResponseEnd(): void {
    this.end();
    this.answer({ status: this.status, headers: this.headers, body: Buffer.concat(this.#chunks) });
  }
}

/** Holds a body that comes faster than it is read. */
class Open extends Receiver<OpenAnswer> {
  readonly #chunks: Buffer[] = [];
  #waiting = 0;
  #state: 'coming' | 'whole' | { readonly error: unknown } = 'coming';
  #wake: () => void = () => undefined;

  override onResponseStart(...answer: Parameters<Receiver<OpenAnswer>['onResponseStart']>): void {
    super.onResponseStart(...answer);
    if (this.status === 200) this.answer({ status: this.status, headers: this.headers, body: this.#read() });
  }

  override onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#waiting += chunk.length;
    if (this.status === 200 && this.#waiting > highWater) controller.pause();
    this.#wake();
  }

  override onResponseEnd(): void {
    this.end();
    this.#state = 'whole';
    if (this.status !== 200) this.answer({ status: this.status, headers: this.headers, body: this.#read() });
    this.#wake();
  }

  override onResponseError(_: unknown, error: unknown): void {
    super.onResponseError(_, error);
    if (this.#state === 'coming') this.#state = { error };
    this.#wake();
  }

  async *#read(): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        const chunk = this.#chunks.shift();
        if (chunk) {
          this.#waiting -= chunk.length;
          yield chunk;
        } else if (this.#state === 'coming') {
          if (this.controller?.paused) this.controller.resume();
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        } else if (this.#state === 'whole') return;
        else throw this.#state.error;
      }
    } finally {
      if (this.#state === 'coming') this.controller?.abort(new Error('the reader has left'));
    }
  }
}
