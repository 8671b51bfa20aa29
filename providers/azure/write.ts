import { randomUUID } from 'node:crypto';
import { takeRoom } from '../../src/provider/budget.ts';
import type { Call, NewObject } from '../../src/provider/contract.ts';
import { partsOf, sendParts } from '../../src/provider/upload.ts';
import { bareEtag, type Connection, send, toConditions } from './connection.ts';
import { toAttributes } from './headers.ts';
import { checkKey } from './keys.ts';

/** https://learn.microsoft.com/azure/storage/blobs/scalability-targets */
const maxBlocks = 50_000;
const blocksAtOnce = 4;
/** As src/provider/limit.ts lets pass. */
const stateBytes = 64 * 1024;

export async function writeBlob(connection: Connection, object: NewObject, call: Call): Promise<{ etag: string }> {
  checkKey(connection, object.key);
  toAttributes(object.headers, object.sha256);
  call.signal.throwIfAborted();
  if (object.size >= connection.tuning.blockUploadBytes) return writeInBlocks(connection, object, call);
  // State is small, and a lock's renewal must not wait behind bodies.
  const isState = object.visibility === 'private' && object.size <= stateBytes;
  const giveBack = isState ? () => undefined : await takeRoom(connection.budget, object.size, call);
  try {
    const bytes = await object.body.bytes();
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const blob = connection.container.getBlockBlobClient(connection.root + object.key);
    const output = await send(connection, call, toWhat(object), (abortSignal) =>
      blob.upload(body, body.byteLength, { ...toTarget(object), abortSignal }),
    );
    call.onBytes?.(body.byteLength);
    return { etag: bareEtag(output.etag) };
  } finally {
    giveBack();
  }
}

/** Blocks that are never committed are invisible, and Azure drops them after a week; so a failure leaves nothing to clean up. */
async function writeInBlocks(connection: Connection, object: NewObject, call: Call): Promise<{ etag: string }> {
  const { budget, container, root, tuning } = connection;
  const mebibyte = 2 ** 20;
  const blockBytes = Math.max(tuning.blockBytes, Math.ceil(object.size / maxBlocks / mebibyte) * mebibyte);
  const blob = container.getBlockBlobClient(root + object.key);
  // Ids of one length, and of this upload alone: another one for the same key must not commit ours.
  const upload = randomUUID();
  const blocks = partsOf(object.body, blockBytes, { budget, call }, async (bytes, number, partCall) => {
    const id = Buffer.from(`${upload}-${String(number).padStart(6, '0')}`).toString('base64');
    await send(connection, partCall, { action: 'write', key: object.key }, (abortSignal) =>
      blob.stageBlock(id, bytes, bytes.byteLength, { abortSignal }),
    );
    return id;
  });
  const ids = await sendParts(blocks, call, blocksAtOnce);
  const output = await send(connection, call, toWhat(object), (abortSignal) =>
    blob.commitBlockList(ids, { ...toTarget(object), abortSignal }),
  );
  return { etag: bareEtag(output.etag) };
}

function toWhat({ key, ifMatch }: NewObject) {
  return { action: 'write', key, conditional: ifMatch !== undefined } as const;
}

function toTarget({ headers, ifMatch, sha256 }: NewObject) {
  return { ...toAttributes(headers, sha256), conditions: toConditions(ifMatch) };
}
