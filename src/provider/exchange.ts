import { setMaxListeners } from 'node:events';
import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { ProviderError } from '../errors/errors.ts';
import { parseRetryAfter } from './retry-after.ts';

export interface Sent {
  /** Any token: caches take methods that no standard knows. */
  readonly method: string;
  /** Sent as it is, never normalized: it starts with `/` and is percent-encoded. */
  readonly path: string;
  /** `host` stands for another host than the one that is called. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The first kilobytes of the body. */
  readonly text: string;
}

/** One HTTP server that is told things. */
export interface Exchange {
  /**
   * Any status is an answer. Rejects with ProviderError `unavailable` when nobody answers, and with `signal.reason` when it is aborted.
   */
  send(sent: Sent, signal: AbortSignal): Promise<Answered>;
  close(): void;
}

export interface ExchangeOptions {
  /** Of the server, for messages: `Fastly`. */
  readonly who: string;
  /** Base URL; its own path is put before each path. */
  readonly endpoint: string;
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 60_000;
const mostSockets = 16;
const mostTextBytes = 16 * 1024;

/**
 * A small HTTP client over connections that stay open. `fetch` would do but for two things: it changes paths (`/a/../b`), while a cache
 * knows a URL by its bytes, and loading it costs more than all else that a command with one edge loads.
 */
export function openExchange({ who, endpoint, timeoutMs = defaultTimeoutMs }: ExchangeOptions): Exchange {
  const base = new URL(endpoint);
  const isTls = base.protocol === 'https:';
  const agent = isTls
    ? new HttpsAgent({ keepAlive: true, maxSockets: mostSockets })
    : new HttpAgent({ keepAlive: true, maxSockets: mostSockets });
  const hostname = unbracket(base.hostname);
  // The certificate is of whom we call, though `Host` may name another; Node would take that one.
  const servername = isIP(hostname) === 0 ? hostname : '';
  const where = { protocol: base.protocol, hostname, port: base.port, agent, servername };
  const below = base.pathname.replace(/\/$/, '');

  async function send({ method, path, headers }: Sent, signal: AbortSignal): Promise<Answered> {
    signal.throwIfAborted();
    // Every request that is under way listens to it.
    setMaxListeners(0, signal);
    try {
      return await new Promise<Answered>((resolve, reject) => {
        const send = isTls ? httpsRequest : httpRequest;
        const options = {
          ...where,
          method,
          path: below + path,
          headers,
          signal,
        };
        const request = send(options, (answer) => {
          const chunks: Buffer[] = [];
          let bytes = 0;
          answer.on('data', (chunk: Buffer) => {
            if (bytes < mostTextBytes) chunks.push(chunk);
            bytes += chunk.length;
          });
          answer.on('error', reject);
          answer.on('end', () =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: answer.headers,
              text: Buffer.concat(chunks).toString('utf8'),
            }),
          );
        });
        request.setTimeout(timeoutMs, () => request.destroy(new Error(`no answer in ${timeoutMs / 1000} s`)));
        request.on('error', reject);
        request.end();
      });
    } catch (cause) {
      signal.throwIfAborted();
      throw unreachable(who, endpoint, cause);
    }
  }

  return { send, close: () => agent.destroy() };
}

function unreachable(who: string, endpoint: string, cause: unknown): ProviderError {
  const { code, message } = Object(cause) as { code?: unknown; message?: unknown };
  const why = typeof code === 'string' ? code : typeof message === 'string' ? message : 'no answer';
  return new ProviderError('unavailable', `${who} at ${endpoint} cannot be reached (${why}).`, {
    hint: 'Check the network and the option `endpoint`.',
    cause,
  });
}

/** As it is dialled: a URL writes an IPv6 address in brackets. */
function unbracket(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** What an answer's headers ask for, in milliseconds. */
export function readRetryAfter({ 'retry-after': asked, date }: Readonly<Record<string, unknown>>): number | undefined {
  return typeof asked === 'string' ? parseRetryAfter(asked, typeof date === 'string' ? date : undefined) : undefined;
}
