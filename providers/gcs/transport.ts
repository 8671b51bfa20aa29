import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As it came over the wire: an object stored with gzip stays so. */
  readonly body: IncomingMessage;
}

export interface Transport {
  /** Rejects with Node's errors when there is no answer. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): void;
}

/** Without a byte in either direction. */
const idleTimeoutMs = 60_000;

/** Node's own client. fetch would unpack bodies, which must come as they are stored. */
export function createTransport(concurrency: number): Transport {
  // Two more than uploads take, for the lock's renewal.
  const settings = { keepAlive: true, maxSockets: concurrency + 2 };
  const http = new HttpAgent(settings);
  const https = new HttpsAgent(settings);
  return {
    send: ({ method, url, headers, body, signal }) =>
      new Promise((resolve, reject) => {
        const isPlain = url.protocol === 'http:';
        const length = method === 'GET' ? {} : { 'content-length': String(body?.byteLength ?? 0) };
        const options = { method, signal, agent: isPlain ? http : https, headers: { ...headers, ...length } };
        const request = (isPlain ? httpRequest : httpsRequest)(url, options, (message) =>
          resolve({ status: message.statusCode ?? 0, headers: message.headers, body: message }),
        );
        request.setTimeout(idleTimeoutMs, () => {
          request.destroy(Object.assign(new Error('no byte came for a minute'), { code: 'ETIMEDOUT' }));
        });
        request.on('error', reject).end(body);
      }),
    close() {
      http.destroy();
      https.destroy();
    },
  };
}
