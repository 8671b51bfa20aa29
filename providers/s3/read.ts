import { ProviderError } from '../../src/errors/errors.ts';
import type { Call, StoredBody, StoredHead } from '../../src/provider/contract.ts';
import { bareEtag, type Connection, isMissingKey, nameBucket, send } from './connection.ts';
import { toProviderError } from './errors.ts';
import { fromFields } from './headers.ts';

export async function headObject(connection: Connection, key: string, call: Call): Promise<StoredHead | undefined> {
  const { sdk, options, root } = connection;
  const command = new sdk.HeadObjectCommand({ Bucket: options.bucket, Key: root + key });
  const what = { action: 'head', key } as const;
  const output = await orMissing(connection, call, () => send(connection, call, what, (s3, o) => s3.send(command, o)));
  if (!output) return undefined;
  return { key, size: output.ContentLength ?? 0, etag: bareEtag(output.ETag), ...fromFields(output) };
}

export async function readObject(connection: Connection, key: string, call: Call): Promise<StoredBody | undefined> {
  const { sdk, options, root, s3 } = connection;
  const command = new sdk.GetObjectCommand({ Bucket: options.bucket, Key: root + key });
  const what = { action: 'read', key } as const;
  const output = await orMissing(connection, call, () => send(connection, call, what, (c, o) => c.send(command, o)));
  if (!output) return undefined;
  const { Body, ContentLength = 0, ETag, LastModified } = output;
  if (!Body) throw new ProviderError('unavailable', `${nameBucket(connection)}: ${root + key} came without a body.`);
  const now = Date.parse(s3.headersOf(output).date ?? '');
  // Without the store's clock an object counts as new, so that no lock is ever taken for a dead one.
  const ageMs = Math.max(0, now - (LastModified?.getTime() ?? now)) || 0;
  const chunks = Body as AsyncIterable<Uint8Array>;
  return { etag: bareEtag(ETag), size: ContentLength, ageMs, body: translated(connection, key, call, chunks) };
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
  const { dialect, options, region, root } = connection;
  try {
    yield* chunks;
  } catch (error) {
    call.signal.throwIfAborted();
    const endpoint = options.endpoint ?? `https://${connection.s3.host()}`;
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
