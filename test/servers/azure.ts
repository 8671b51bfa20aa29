import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { removeBatch } from './azure-batch.ts';
import { nameOperation, operations } from './azure-operations.ts';
import { checkSignature } from './azure-signature.ts';
import { AzureError, type Blob, Container } from './azure-store.ts';
import { azuriteAccount, azuriteKey } from './azurite.ts';

export interface AzureRequest {
  /** As the REST documentation names it: `Put Blob`, `List Blobs` … */
  readonly operation: string;
  readonly method: string;
  readonly container: string;
  readonly blob: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** An answer in place of the real one; `reset` cuts the connection. */
export type AzureFault =
  | 'reset'
  | {
      readonly status: number;
      readonly code: string;
      readonly message?: string;
      readonly headers?: Record<string, string>;
    };

export interface AzureServerOptions {
  readonly containers?: readonly string[];
  /** False: Put Blob From URL is answered as by Azurite, which does not know it. */
  readonly putsFromUrl?: boolean;
  /** Errors of single blobs in a batch that answers 202. */
  readonly deleteErrors?: (name: string) => { status: number; code: string } | undefined;
  readonly onRequest?: (request: AzureRequest) => AzureFault | undefined;
}

export interface AzureServer {
  /** With the account in its path, as an emulator has it. */
  readonly endpoint: string;
  /** In the order of arrival. */
  readonly requests: AzureRequest[];
  blobs(container: string): ReadonlyMap<string, Blob>;
  close(): Promise<void>;
}

/** What an operation works with. */
export interface AzureContext {
  readonly request: AzureRequest;
  readonly query: URLSearchParams;
  readonly body: Buffer;
  readonly containers: Map<string, Container>;
  readonly options: AzureServerOptions;
  readonly newContainer: () => Container;
  answer(status: number, body?: string | Buffer, headers?: Readonly<Record<string, string>>): void;
}

/** A small Azure Blob Storage with the account's signatures, conditions, blocks, copies and batches. */
export async function startAzureServer(options: AzureServerOptions = {}): Promise<AzureServer> {
  const newContainer = () => new Container();
  const containers = new Map((options.containers ?? ['test-container']).map((name) => [name, newContainer()]));
  const requests: AzureRequest[] = [];
  const server = createServer({ keepAliveTimeout: 30_000 }, async (message, response) => {
    try {
      const url = new URL(message.url ?? '/', 'http://localhost');
      const request = parseRequest(message, url);
      requests.push(request);
      const fault = options.onRequest?.(request);
      if (fault === 'reset') return message.socket.destroy();
      if (fault) throw new AzureError(fault.status, fault.code, fault.message, fault.headers);
      checkSignature({ method: request.method, url, headers: message.headers }, azuriteAccount, azuriteKey);
      const body = await buffer(message);
      const operation = request.operation === 'Blob Batch' ? removeBatch : operations[request.operation];
      if (!operation) throw new AzureError(501, 'APINotImplemented');
      const answer: AzureContext['answer'] = (status, text = '', headers = {}) => send(response, status, text, headers);
      operation({ request, query: url.searchParams, body, containers, options, newContainer, answer });
    } catch (error) {
      message.on('error', () => undefined).resume();
      answerError(response, error);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}/${azuriteAccount}`,
    requests,
    blobs: (container) => containers.get(container)?.blobs ?? new Map(),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function parseRequest(message: IncomingMessage, url: URL): AzureRequest {
  const [, , container = '', ...rest] = url.pathname.split('/');
  // The service takes a backslash for a slash.
  const blob = decodeURIComponent(rest.join('/')).replaceAll('\\', '/');
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
  const method = message.method ?? 'GET';
  const operation = nameOperation(method, url.searchParams, headers, blob);
  return { operation, method, container: decodeURIComponent(container), blob, headers };
}

function send(
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, { 'x-ms-version': '2025-11-05', 'x-ms-request-id': 'test', ...headers }).end(body);
}

function answerError(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const known = error instanceof AzureError ? error : new AzureError(500, 'InternalError', String(error));
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${known.code}</Code><Message>${known.message}\nRequestId:test</Message></Error>`;
  const isHead = response.req.method === 'HEAD';
  const headers = { 'x-ms-error-code': known.code, 'content-type': 'application/xml', ...known.headers };
  send(response, known.status, isHead ? '' : body, headers);
}
