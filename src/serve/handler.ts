import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { WaybillError } from '../errors/errors.ts';
import { parseAddress } from './address.ts';
import { type Answer, answerObject, plainAnswer } from './answer.ts';
import { crossOrigin } from './headers.ts';
import type { Found, Lookup } from './lookup.ts';

/** One request as it was answered, for a log line. */
export interface ServedRequest {
  readonly method: string;
  /** As it was asked for, without the query. */
  readonly path: string;
  readonly status: number;
  readonly cache: 'HIT' | 'MISS' | undefined;
  readonly durationMs: number;
}

const allowed = 'GET, HEAD, OPTIONS';

/** Answers a request, whatever happens. `base` is the decoded path of the public URL, with a slash at both ends. */
export async function handle(
  lookup: Lookup,
  base: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let found: Found | undefined;
  try {
    const reply = await choose(lookup, base, request);
    found = reply.found;
    await send(request, response, reply.answer);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else await send(request, response, plainAnswer(502, explain(error)));
  } finally {
    if (found && 'opened' in found) found.opened.close();
  }
}

async function choose(
  lookup: Lookup,
  base: string,
  request: IncomingMessage,
): Promise<{ answer: Answer; found?: Found }> {
  if (request.method === 'OPTIONS') return { answer: preflight(request) };
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { answer: plainAnswer(405, `Only ${allowed} are answered here.`, { allow: allowed }) };
  }
  const address = parseAddress(request.url ?? '/', base);
  switch (address.kind) {
    case 'malformed':
      return { answer: plainAnswer(400, address.why) };
    case 'outside':
      return { answer: plainAnswer(404, 'There is nothing here.') };
    case 'base':
      return { answer: redirect(base) };
    case 'key': {
      const found = await lookup.find(address.path, address.key);
      if ('opened' in found) return { answer: answerObject(request, found, found.opened), found };
      const { entry, cache } = found;
      if (entry.kind === 'object') return { answer: answerObject(request, found, entry.head) };
      if (entry.kind === 'redirect') return { answer: redirect(`${base}${entry.key}`, address.query) };
      return { answer: plainAnswer(404, 'There is nothing here.', { 'x-cache': cache }) };
    }
  }
}

/** 302, as S3's website endpoints answer: a permanent one would stay in browsers when the folder becomes a file. */
function redirect(path: string, query = ''): Answer {
  // Two slashes in front would name another host.
  const location = encodeURI(path).replaceAll('?', '%3F').replaceAll('#', '%23').replace(/^\/+/, '/') + query;
  return plainAnswer(302, `See ${location}`, { location });
}

function preflight(request: IncomingMessage): Answer {
  const headers: Record<string, string> = {
    ...crossOrigin,
    allow: allowed,
    'access-control-allow-methods': allowed,
    'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '*',
    'access-control-max-age': '600',
    vary: 'access-control-request-headers',
  };
  return { status: 204, headers };
}

async function send(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  // Before the body is known to node, which would else encode a Content-Disposition once more.
  response.writeHead(answer.status);
  const { body, decoders = [] } = answer;
  if (request.method === 'HEAD' || body === undefined) {
    response.end();
  } else if (body instanceof Uint8Array && decoders.length === 0) {
    response.end(body);
  } else {
    const source = body instanceof Uint8Array ? Readable.from([body]) : Readable.from(body, { objectMode: false });
    await pipeline([source, ...decoders.map((make) => make()), response]);
  }
}

function explain(error: unknown): string {
  return error instanceof WaybillError ? error.message : 'The object could not be read.';
}
