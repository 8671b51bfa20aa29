import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface PurgeRequest {
  readonly method: string;
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface PurgingCache {
  readonly endpoint: string;
  /** Every request that was answered with 200 or 404. */
  readonly log: readonly PurgeRequest[];
  /** Connections that were made. */
  readonly connections: number;
  /** Decides the answers from now on. */
  answer: (request: PurgeRequest) => number | { readonly status: number; readonly headers: string };
  close(): Promise<void>;
}

/**
 * A cache as far as those who purge see it. It reads requests by itself, since Node's own server refuses methods that it does not know,
 * such as BAN. Requests have no bodies.
 */
export async function startPurgingCache(): Promise<PurgingCache> {
  const log: PurgeRequest[] = [];
  const sockets = new Set<Socket>();
  const cache: { answer: PurgingCache['answer']; connections: number } = { answer: () => 200, connections: 0 };

  const server = createServer((socket) => {
    sockets.add(socket);
    cache.connections++;
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk;
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const request = parse(text.slice(0, end));
        text = text.slice(end + 4);
        const given = cache.answer(request);
        const { status, headers } = typeof given === 'number' ? { status: given, headers: '' } : given;
        if (status === 200 || status === 404) log.push(request);
        socket.write(`HTTP/1.1 ${status} Answer\r\nContent-Length: 0\r\n${headers}\r\n`);
      }
    });
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return Object.assign(cache, {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    log,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  });
}

function parse(head: string): PurgeRequest {
  const [line = '', ...fields] = head.split('\r\n');
  const [method = '', path = ''] = line.split(' ');
  const pairs = fields.map((field) => [
    field.slice(0, field.indexOf(':')).toLowerCase(),
    field.slice(field.indexOf(':') + 1).trim(),
  ]);
  return { method, path, headers: Object.fromEntries(pairs) };
}
