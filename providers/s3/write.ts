import type * as Sdk from '@aws-sdk/client-s3';
import { takeRoom } from '../../src/provider/budget.ts';
import type { Call, NewObject } from '../../src/provider/contract.ts';
import { withCondition } from './conditions.ts';
import { type Connection, send } from './connection.ts';
import { type LeanPut, putLean } from './lean-put.ts';
import { writeInParts } from './multipart.ts';
import { knownEtag, toTarget } from './target.ts';

/** As src/provider/limit.ts lets pass. */
const stateBytes = 64 * 1024;

export async function writeObject(connection: Connection, object: NewObject, call: Call): Promise<{ etag: string }> {
  const target = toTarget(connection, object);
  call.signal.throwIfAborted();
  if (object.size >= connection.tuning.multipartBytes) return writeInParts(connection, object, target, call);
  // State is small, and a lock's renewal must not wait behind bodies.
  const isState = object.visibility === 'private' && object.size <= stateBytes;
  const giveBack = isState ? () => undefined : await takeRoom(connection.budget, object.size, call);
  try {
    // A buffer, not a stream: its length and SHA-256 are known, so it is signed and sent in one piece.
    const bytes = await object.body.bytes();
    const Body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const what = { action: 'write', key: object.key, conditional: object.ifMatch !== undefined } as const;
    const output = await withCondition(connection, { ...object, action: 'write' }, call, (condition) =>
      send(connection, call, what, (s3, options) =>
        put(connection, s3, { object, target, condition, bytes: Body }, options),
      ),
    );
    call.onBytes?.(bytes.byteLength);
    return { etag: await knownEtag(connection, object.key, output.ETag, call) };
  } finally {
    giveBack();
  }
}

/** The SDK shows how the bucket is reached; from then on its layers are left out. */
function put(
  { sdk, s3 }: Connection,
  client: Sdk.S3Client,
  lean: LeanPut,
  options: { readonly abortSignal: AbortSignal },
): Promise<{ readonly ETag?: string | undefined }> {
  const route = s3.route();
  if (route) return putLean(client, route, lean, options.abortSignal);
  return client.send(new sdk.PutObjectCommand({ ...lean.target, ...lean.condition, Body: lean.bytes }), options);
}
