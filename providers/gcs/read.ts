import type { IncomingHttpHeaders } from 'node:http';
import { ProviderError } from '../../src/errors/errors.ts';
import type { Call, StoredBody, StoredHead } from '../../src/provider/contract.ts';
import { type Connection, objectPath, orMissing, send, sendForJson, translating, type What } from './connection.ts';
import { type Generations, toEtag } from './etag.ts';
import { fromResource, type Resource } from './headers.ts';

interface Described extends Generations, Partial<Resource> {
  readonly size?: string;
  readonly updated?: string;
}

export async function headObject(connection: Connection, key: string, call: Call): Promise<StoredHead | undefined> {
  const found = await describeObject(connection, key, call);
  return found && { key, size: Number(found.size ?? 0), etag: toEtag(found), ...fromResource(found) };
}

function describeObject(connection: Connection, key: string, call: Call): Promise<Described | undefined> {
  const request = { method: 'GET', path: objectPath(connection, key) } as const;
  return orMissing(connection, call, () => sendForJson<Described>(connection, call, { action: 'head', key }, request));
}

export async function readObject(connection: Connection, key: string, call: Call): Promise<StoredBody | undefined> {
  const what = { action: 'read', key } as const;
  const request = {
    method: 'GET',
    path: objectPath(connection, key),
    query: { alt: 'media' },
    // Else Google would unpack what is stored with gzip, and might answer a public object from a cache.
    headers: { 'accept-encoding': 'gzip', 'cache-control': 'no-store' },
  } as const;
  const found = await orMissing(connection, call, () => send(connection, call, what, request));
  if (!found) return undefined;
  const { headers, body } = found;
  const facts = readFacts(headers) ?? (await askForFacts(connection, key, headers, call));
  const size = Number(headers['content-length'] ?? headers['x-goog-stored-content-length'] ?? 0);
  // Without the store's clock an object counts as new, so that no lock is ever taken for a dead one.
  const ageMs = Math.max(0, Date.parse(headers.date ?? '') - facts.writtenAt) || 0;
  return { etag: toEtag(facts), size, ageMs, body: translated(connection, what, call, body) };
}

interface Facts extends Generations {
  /** By the store's clock, in milliseconds. */
  readonly writtenAt: number;
}

function readFacts(headers: IncomingHttpHeaders): Facts | undefined {
  const generation = headers['x-goog-generation'];
  const metageneration = headers['x-goog-metageneration'];
  const written = headers['last-modified'];
  if (typeof generation !== 'string' || typeof metageneration !== 'string' || written === undefined) return undefined;
  return { generation, metageneration, writtenAt: Date.parse(written) };
}

/** For a gateway or emulator that keeps Google's headers back. */
async function askForFacts(
  connection: Connection,
  key: string,
  headers: IncomingHttpHeaders,
  call: Call,
): Promise<Facts> {
  const found = await describeObject(connection, key, call);
  const generation = headers['x-goog-generation'];
  if (!found || (generation !== undefined && generation !== found.generation)) {
    throw new ProviderError('unavailable', `${connection.root + key} was written while it was read.`);
  }
  return { ...found, writtenAt: Date.parse(found.updated ?? '') };
}

/** A connection may still break while the body comes in. */
async function* translated(
  connection: Connection,
  what: What,
  call: Call,
  chunks: AsyncIterable<Buffer>,
): AsyncIterable<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await translating(connection, call, what, () => source.next());
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await source.return?.();
  }
}
