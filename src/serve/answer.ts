import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import type { ServedHead } from '../provider/serving.ts';
import { isNotModified, mayRange } from './conditions.ts';
import { chooseDelivery } from './encoding.ts';
import { addVary, crossOrigin, toResponseHeaders } from './headers.ts';
import type { Found } from './lookup.ts';
import { parseRange } from './range.ts';

/** What to send. Without `body` there is none to send. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: AsyncIterable<Uint8Array> | Uint8Array;
  /** The body goes through these. */
  readonly decoders?: readonly (() => Transform)[];
}

/** An answer that is a sentence; never cached by whoever receives it. */
export function plainAnswer(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Answer {
  const body = Buffer.from(`${text}\n`);
  return {
    status,
    body,
    headers: {
      ...crossOrigin,
      'cache-control': 'no-store',
      'content-type': 'text/plain; charset=utf-8',
      'content-length': String(body.length),
      'x-content-type-options': 'nosniff',
      ...headers,
    },
  };
}

/** GET and HEAD of an object: validators, ranges, and codings that the client does not know. */
export function answerObject(request: IncomingMessage, found: Found, head: ServedHead): Answer {
  const headers = toResponseHeaders(head.headers);
  const delivery = chooseDelivery(headers['content-encoding'], request.headers['accept-encoding']);
  headers['last-modified'] = new Date(head.modifiedMs).toUTCString();
  headers.etag = `"${head.etag}"`;
  headers['x-cache'] = found.cache;
  if (found.cache === 'HIT') headers.age = String(Math.max(0, Math.floor(found.ageMs / 1000)));
  if (headers['content-encoding'] !== undefined) addVary(headers, 'accept-encoding');
  if (delivery.kind === 'not-acceptable') {
    const text = `It is stored as ${headers['content-encoding']}, which the request does not accept.`;
    return plainAnswer(406, text, { vary: 'accept-encoding' });
  }
  if (delivery.kind === 'decoded') {
    delete headers['content-encoding'];
    // Other bytes than the stored ones, which ranges and strong comparison are about.
    headers.etag = `W/"${head.etag}"`;
  } else headers['accept-ranges'] = 'bytes';

  const validators = { etag: headers.etag, modifiedMs: head.modifiedMs };
  if (isNotModified(request.headers, validators)) {
    delete headers['content-type'];
    return { status: 304, headers };
  }
  if (delivery.kind === 'decoded') {
    return { status: 200, headers, decoders: delivery.decoders, body: readBody(found, 0, head.size) };
  }
  const asked = request.method === 'GET' && mayRange(request.headers, validators) ? request.headers.range : undefined;
  const range = parseRange(asked, head.size);
  if (range === 'unsatisfiable') {
    return plainAnswer(416, `It has ${head.size} bytes.`, { 'content-range': `bytes */${head.size}` });
  }
  const { start, end } = range === 'whole' ? { start: 0, end: head.size } : range;
  headers['content-length'] = String(end - start);
  if (range !== 'whole') headers['content-range'] = `bytes ${start}-${end - 1}/${head.size}`;
  return { status: range === 'whole' ? 200 : 206, headers, body: readBody(found, start, end) };
}

function readBody(found: Found, start: number, end: number): AsyncIterable<Uint8Array> | Uint8Array {
  if ('opened' in found) return found.opened.read(start, end);
  return found.entry.kind === 'object' ? found.entry.bytes.subarray(start, end) : new Uint8Array();
}
