import { takeRoom } from '../../src/provider/budget.ts';
import type { Call, NewObject } from '../../src/provider/contract.ts';
import { withCondition } from './conditions.ts';
import { type Connection, send, sendLean } from './connection.ts';
import type { Lane } from './lean/lane.ts';
import { type LeanPut, putLean } from './lean/put.ts';
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
    const lane = await connection.access.lane();
    const output = await withCondition(connection, { ...object, action: 'write' }, call, (condition) =>
      put(connection, lane, { object, target, condition, bytes: Body }, call),
    );
    call.onBytes?.(bytes.byteLength);
    return { etag: await knownEtag(connection, object.key, output.ETag, call) };
  } finally {
    giveBack();
  }
}

/** Until the SDK has shown how the bucket is reached, it sends. */
function put(
  connection: Connection,
  lane: Lane | undefined,
  lean: LeanPut,
  call: Call,
): Promise<{ readonly ETag?: string | undefined }> {
  const { object, target, condition, bytes } = lean;
  const what = { action: 'write', key: object.key, conditional: object.ifMatch !== undefined } as const;
  if (lane) return sendLean(connection, call, what, (signal) => putLean(lane, lean, signal));
  return send(connection, call, what, ({ sdk, client }, options) =>
    client.send(new sdk.PutObjectCommand({ ...target, ...condition, Body: bytes }), options),
  );
}
