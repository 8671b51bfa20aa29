import { createHash } from 'node:crypto';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { Readable, type Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Headers } from '../model.ts';
import { findDecoder, listCodings } from '../serve/encoding.ts';
import { version } from '../version.ts';
import type { Answer, Tally } from './types.ts';

export interface Ask {
  readonly url: string;
  /** `content-encoding` of the stored object, if it has one. */
  readonly stored?: string;
  /** Bytes beyond which a body cannot be right. */
  readonly mostBytes: number;
}

/** What came of one request. `lost` is no answer at all, or half of one; `isFinal` when asking again is pointless. */
export type Reply =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'lost'; readonly reason: string; readonly isFinal: boolean };

export interface Fetcher {
  ask(ask: Ask): Promise<Reply>;
  close(): void;
}

export interface FetcherOptions {
  readonly concurrency: number;
  /** A connection that is silent for so long is given up. */
  readonly silenceMs: number;
  readonly signal: AbortSignal;
}

/**
 * Asks URLs as browsers do and hashes what comes. By `node:http`: fetch decodes bodies, and what counts here is the bytes as they are sent.
 * Follows no redirects.
 */
export function openFetcher({ concurrency, silenceMs, signal }: FetcherOptions): Fetcher {
  const agents = {
    'http:': new http.Agent({ keepAlive: true, maxSockets: concurrency }),
    'https:': new https.Agent({ keepAlive: true, maxSockets: concurrency }),
  };
  return {
    async ask(ask) {
      try {
        const url = new URL(ask.url);
        const headers = {
          // What is stored with a coding shall come with that one; other files come as browsers get them.
          'accept-encoding': ask.stored ?? 'gzip, deflate, br',
          'user-agent': `waybill/${version} (verify)`,
        };
        const options = { agent: agents[url.protocol as keyof typeof agents], headers, signal };
        const response = await open(url, options, silenceMs);
        return { kind: 'answer', answer: await readAnswer(response, ask) };
      } catch (error) {
        signal.throwIfAborted();
        return toLost(error, new URL(ask.url).hostname);
      }
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

function open(url: URL, options: http.RequestOptions, silenceMs: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? https : http).get(url, options, resolve);
    request.setTimeout(silenceMs, () => request.destroy(new Error(`no byte for ${silenceMs / 1000} s`)));
    request.on('error', reject);
  });
}

async function readAnswer(response: IncomingMessage, ask: Ask): Promise<Answer> {
  const status = response.statusCode ?? 0;
  const headers = toHeaders(response);
  if (status !== 200) {
    response.destroy();
    return { status, headers };
  }
  const found = listCodings(headers['content-encoding']);
  // Only what the edge added by itself is taken off; stored bytes are compared as they are.
  const isAdded = found.length > 0 && listCodings(ask.stored).length === 0;
  const decoders = isAdded ? found.reverse().map(findDecoder) : [];
  const known = decoders.filter((decoder) => decoder !== undefined);
  return { status, headers, ...(await hashBody(response, known.length === found.length ? known : [], ask.mostBytes)) };
}

function toHeaders({ headers }: IncomingMessage): Headers {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as const],
  );
  return Object.fromEntries(entries);
}

class Counter {
  readonly #hash = createHash('sha256');
  readonly #most: number;
  size = 0;
  endless = false;
  constructor(most: number) {
    this.#most = most;
  }
  /** False when it is enough. */
  add(chunk: Uint8Array): boolean {
    this.#hash.update(chunk);
    this.size += chunk.length;
    this.endless = this.size > this.#most;
    return !this.endless;
  }
  tally(): Tally {
    return { sha256: this.#hash.digest('hex'), size: this.size, ...(this.endless ? { endless: true } : {}) };
  }
}

/** In bounded memory. Rejects when the connection breaks; a body that cannot be decoded is an answer. */
async function hashBody(
  response: IncomingMessage,
  decoders: readonly (() => Transform)[],
  mostBytes: number,
): Promise<Pick<Answer, 'body' | 'decoded'>> {
  const raw = new Counter(mostBytes);
  const plain = new Counter(mostBytes);
  let broken: { error: unknown } | undefined;
  async function* count(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of response) {
        if (!raw.add(chunk)) return;
        yield chunk;
      }
    } catch (error) {
      broken = { error };
      throw error;
    }
  }
  if (decoders.length === 0) {
    for await (const _ of count());
    return { body: raw.tally() };
  }
  const sink = new Writable({
    write: (chunk: Uint8Array, _encoding, done) => done(plain.add(chunk) ? null : new Error('it does not end')),
  });
  let failure: unknown;
  await pipeline([Readable.from(count()), ...decoders.map((make) => make()), sink]).catch((error: unknown) => {
    failure = error;
  });
  if (broken) throw broken.error;
  const isCut = raw.endless || plain.endless;
  if (failure === undefined || isCut) return { body: raw.tally(), decoded: plain.tally() };
  return { body: raw.tally(), decoded: { error: failure instanceof Error ? failure.message : String(failure) } };
}

/** Nobody will start listening on this machine meanwhile, and a wrong certificate or name stays wrong. */
function toLost(error: unknown, host: string): Reply {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const isOwn = host === 'localhost' || /^(127\.|\[?::1\]?$)/.test(host);
  const isFinal =
    (code === 'ECONNREFUSED' && isOwn) || code === 'ENOTFOUND' || /CERT|SELF_SIGNED|UNABLE_TO|ALTNAME/.test(code);
  return { kind: 'lost', reason: describe(error, code), isFinal };
}

function describe(error: unknown, code: string): string {
  if (code === 'ECONNRESET' && error instanceof Error && error.message === 'aborted') {
    return 'the connection broke before the body was complete';
  }
  // Several addresses of one name were tried: the message of the whole is empty.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? first.message : String(first);
}
