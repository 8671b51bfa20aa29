import { ProviderError } from '../../src/errors/errors.ts';
import type { Call, NewObject } from '../../src/provider/contract.ts';
import { type Connection, objectsPath, type Query, send } from './connection.ts';
import { type Generations, toEtag } from './etag.ts';
import type { Resource } from './headers.ts';

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
  const giveBack = await budget.take(2 * tuning.chunkBytes);
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

/** Sends what the server has not kept yet of a chunk; gives the object's numbers once it is made. */
async function sendChunk(
  { connection, object, session }: Upload,
  { start, bytes }: { start: number; bytes: Buffer },
  call: Call,
): Promise<Generations | undefined> {
  const what = { action: 'write', key: object.key } as const;
  const end = start + bytes.byteLength;
  for (let at = start; ; ) {
    const request = {
      method: 'PUT',
      path: session,
      headers: { 'content-range': `bytes ${at}-${end - 1}/${object.size}` },
      body: bytes.subarray(at - start),
      accepts: [incomplete],
    } as const;
    const answer = await send(connection, call, what, request);
    if (answer.status !== incomplete) {
      call.onBytes?.(end - at);
      const chunks: Buffer[] = [];
      for await (const chunk of answer.body) chunks.push(chunk as Buffer);
      return JSON.parse(Buffer.concat(chunks).toString()) as Generations;
    }
    answer.body.resume();
    const kept = Number(/-(\d+)$/.exec(String(answer.headers.range ?? ''))?.[1] ?? -1) + 1;
    if (kept <= at) throw unfinished(connection, object.key);
    call.onBytes?.(Math.min(kept, end) - at);
    if (kept >= end) return undefined;
    at = kept;
  }
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
