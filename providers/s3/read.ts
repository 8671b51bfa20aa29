import { ProviderError } from '../../src/errors/errors.ts';
import type { Call, StoredBody, StoredHead } from '../../src/provider/contract.ts';
import { bareEtag, type Connection, isMissingKey, nameBucket, send, sendLean } from './connection.ts';
import { toProviderError } from './errors.ts';
import { fromFields, type ReadFields } from './headers.ts';
import { type FoundBody, getLean, headLean } from './lean/get.ts';

interface FoundHead extends ReadFields {
  readonly ContentLength?: number | undefined;
  readonly ETag?: string | undefined;
}

export async function headObject(connection: Connection, key: string, call: Call): Promise<StoredHead | undefined> {
  const { access, options, root } = connection;
  const lane = await access.lane();
  const what = { action: 'head', key } as const;
  const output = await orMissing<FoundHead>(connection, call, () =>
    lane
      ? sendLean(connection, call, what, (signal) => headLean(lane, root + key, signal))
      : send(connection, call, what, ({ sdk, client }, o) =>
          client.send(new sdk.HeadObjectCommand({ Bucket: options.bucket, Key: root + key }), o),
        ),
  );
  if (!output) return undefined;
  return { key, size: output.ContentLength ?? 0, etag: bareEtag(output.ETag), ...fromFields(output) };
}

export async function readObject(connection: Connection, key: string, call: Call): Promise<StoredBody | undefined> {
  const { access, root } = connection;
  const lane = await access.lane();
  const what = { action: 'read', key } as const;
  const output = await orMissing(connection, call, () =>
    lane
      ? sendLean(connection, call, what, (signal) => getLean(lane, root + key, signal))
      : getBySdk(connection, key, call),
  );
  if (!output) return undefined;
  const { Body, ContentLength, ETag, modified, now } = output;
  // Without the store's clock an object counts as new, so that no lock is ever taken for a dead one.
  const ageMs = Math.max(0, now - modified) || 0;
  return { etag: bareEtag(ETag), size: ContentLength, ageMs, body: translated(connection, key, call, Body) };
}

function getBySdk(connection: Connection, key: string, call: Call): Promise<FoundBody> {
  const { options, root } = connection;
  return send(connection, call, { action: 'read', key }, async ({ sdk, client, headersOf }, o) => {
    const output = await client.send(new sdk.GetObjectCommand({ Bucket: options.bucket, Key: root + key }), o);
    const { Body, ContentLength = 0, ETag, LastModified } = output;
    if (!Body) throw new ProviderError('unavailable', `${nameBucket(connection)}: ${root + key} came without a body.`);
    return {
      Body: Body as AsyncIterable<Uint8Array>,
      ContentLength,
      ETag,
      now: Date.parse(headersOf(output).date ?? ''),
      modified: LastModified?.getTime() ?? Number.NaN,
    };
  });
}

async function orMissing<T>(connection: Connection, call: Call, get: () => Promise<T>): Promise<T | undefined> {
  try {
    return await get();
  } catch (error) {
    if (await isMissingKey(connection, call, error)) return undefined;
    throw error;
  }
}

/** A connection may still break while the body comes in. */
async function* translated(
  connection: Connection,
  key: string,
  call: Call,
  chunks: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  const { access, dialect, options, region, root } = connection;
  try {
    yield* chunks;
  } catch (error) {
    call.signal.throwIfAborted();
    const endpoint = options.endpoint ?? `https://${access.host()}`;
    throw toProviderError(error, {
      action: 'read',
      dialect,
      bucket: options.bucket,
      key: root + key,
      endpoint,
      region,
    });
  }
}
