import { json } from 'node:stream/consumers';
import { ProviderError } from '../../src/errors/errors.ts';
import { takeRoom } from '../../src/provider/budget.ts';
import type { Call, NewObject } from '../../src/provider/contract.ts';
import { retried } from '../../src/provider/upload.ts';
import { type Connection, objectsPath, type Query, send } from './connection.ts';
import { type Generations, toEtag } from './etag.ts';
import type { Resource } from './headers.ts';
import type { HttpAnswer } from './transport.ts';

const incomplete = 308;
/** Google's answer to a session that was given up. */
const given = 499;
const cancelTimeoutMs = 30_000;

interface Upload {
  readonly connection: Connection;
  readonly object: NewObject;
  /** The session's URL, which is a key to it: never shown. */
  readonly session: string;
}

/**
 * One chunk after the other, each held until the next is read: the last one makes the object, so it goes out only when the whole body has
 * proven to be what was planned. https://cloud.google.com/storage/docs/performing-resumable-uploads
 */
export async function writeInChunks(
  connection: Connection,
  object: NewObject,
  { resource, conditions }: { resource: Resource & { name: string }; conditions: Query },
  call: Call,
): Promise<{ etag: string }> {
  const { budget, tuning } = connection;
  const session = await openSession(connection, object, { resource, conditions }, call);
  const upload: Upload = { connection, object, session };
  const giveBack = await takeRoom(budget, 2 * tuning.chunkBytes, call);
  try {
    let start = 0;
    let held: Buffer | undefined;
    for await (const bytes of object.body.chunks(tuning.chunkBytes)) {
      if (held && (await sendChunk(upload, { start, bytes: held }, call))) throw unfinished(connection, object.key);
      start += held?.byteLength ?? 0;
      held = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    const done = held && (await sendChunk(upload, { start, bytes: held }, call));
    if (!done) throw unfinished(connection, object.key);
    return { etag: toEtag(done) };
  } catch (error) {
    await cancel(upload);
    throw error;
  } finally {
    giveBack();
  }
}

async function openSession(
  connection: Connection,
  object: NewObject,
  { resource, conditions }: { resource: Resource & { name: string }; conditions: Query },
  call: Call,
): Promise<string> {
  const what = { action: 'write', key: object.key } as const;
  const { headers, body } = await send(connection, call, what, {
    method: 'POST',
    path: `/upload${objectsPath(connection)}`,
    query: { uploadType: 'resumable', name: resource.name, ...conditions },
    headers: {
      'content-type': 'application/json; charset=UTF-8',
      'x-upload-content-length': String(object.size),
      'x-upload-content-type': resource.contentType ?? '',
    },
    body: Buffer.from(JSON.stringify(resource)),
  });
  body.resume();
  if (headers.location === undefined) throw unfinished(connection, object.key);
  return atEndpoint(connection, headers.location);
}

/** Behind a gateway the session's URL may name Google's own host; an endpoint stands for all of it. */
function atEndpoint({ baseUrl, options }: Connection, location: string): string {
  const { host, pathname, search } = new URL(location);
  return options.endpoint === undefined || host === new URL(baseUrl).host ? location : baseUrl + pathname + search;
}

interface Chunk {
  readonly start: number;
  readonly bytes: Buffer;
}

/** Sends what the server has not kept yet of a chunk; gives the object's numbers once it is made. */
async function sendChunk(upload: Upload, chunk: Chunk, call: Call): Promise<Generations | undefined> {
  const end = chunk.start + chunk.bytes.byteLength;
  for (let at = chunk.start; ; ) {
    const answer = await sendRest(upload, chunk, at, call);
    if (answer.status !== incomplete) {
      call.onBytes?.(end - at);
      return (await json(answer.body)) as Generations;
    }
    answer.body.resume();
    const kept = countKept(answer);
    if (kept <= at) throw unfinished(upload.connection, upload.object.key);
    call.onBytes?.(Math.min(kept, end) - at);
    if (kept >= end) return undefined;
    at = kept;
  }
}

/** After a lost answer the server is asked what it has kept, and only the rest is sent again. */
async function sendRest(
  { connection, object, session }: Upload,
  chunk: Chunk,
  from: number,
  call: Call,
): Promise<HttpAnswer> {
  const what = { action: 'write', key: object.key } as const;
  const end = chunk.start + chunk.bytes.byteLength;
  const put = (range: string, body?: Buffer) => {
    const headers = { 'content-range': `bytes ${range}/${object.size}` };
    const request = {
      method: 'PUT',
      path: session,
      headers,
      accepts: [incomplete],
      ...(body ? { body } : {}),
    } as const;
    return send(connection, call, what, request);
  };
  let isFirst = true;
  return retried(call, async () => {
    let at = from;
    if (!isFirst) {
      const answer = await put('*');
      at = countKept(answer);
      if (answer.status !== incomplete || at >= end) return answer;
      answer.body.resume();
      if (at < chunk.start) throw unfinished(connection, object.key);
    }
    isFirst = false;
    return put(`${at}-${end - 1}`, chunk.bytes.subarray(at - chunk.start));
  });
}

function countKept({ headers }: HttpAnswer): number {
  return Number(/-(\d+)$/.exec(String(headers.range ?? ''))?.[1] ?? -1) + 1;
}

/** With a signal of its own: the call's may be the reason. Best effort; Google drops sessions after a week. */
async function cancel({ connection, object, session }: Upload): Promise<void> {
  const call = { signal: AbortSignal.timeout(cancelTimeoutMs) };
  const request = { method: 'DELETE', path: session, accepts: [given] } as const;
  await send(connection, call, { action: 'write', key: object.key }, request)
    .then(({ body }) => body.resume())
    .catch(() => undefined);
}

function unfinished({ options, root }: Connection, key: string): ProviderError {
  const message = `GCS bucket ${options.bucket}: the upload of ${root + key} did not go on.`;
  return new ProviderError('unavailable', message);
}
