import { createHash, randomUUID } from 'node:crypto';
import { takeRoom } from '../../src/provider/budget.ts';
import type { Call, NewObject } from '../../src/provider/contract.ts';
import { type Connection, objectsPath, sendForJson } from './connection.ts';
import { type Generations, toConditions, toEtag } from './etag.ts';
import { toResource } from './headers.ts';
import { checkKey } from './keys.ts';
import { writeInChunks } from './resumable.ts';

/** As src/provider/limit.ts lets pass. */
const stateBytes = 64 * 1024;

export async function writeObject(connection: Connection, object: NewObject, call: Call): Promise<{ etag: string }> {
  checkKey(connection, object.key);
  const resource = { name: connection.root + object.key, ...toResource(object.headers, object.sha256) };
  call.signal.throwIfAborted();
  const conditions = toConditions(connection, object.key, object.ifMatch);
  if (object.size >= connection.tuning.resumableBytes) {
    return writeInChunks(connection, object, { resource, conditions }, call);
  }
  // State is small, and a lock's renewal must not wait behind bodies.
  const isState = object.visibility === 'private' && object.size <= stateBytes;
  const giveBack = isState ? () => undefined : await takeRoom(connection.budget, object.size, call);
  try {
    const bytes = await object.body.bytes();
    const md5Hash = createHash('md5').update(bytes).digest('base64');
    const { body, contentType } = toMultipart({ ...resource, md5Hash }, bytes);
    const answer = await sendForJson<Generations>(
      connection,
      call,
      { action: 'write', key: object.key },
      {
        method: 'POST',
        path: `/upload${objectsPath(connection)}`,
        query: { uploadType: 'multipart', name: resource.name, ...conditions },
        headers: { 'content-type': contentType },
        body,
      },
    );
    call.onBytes?.(bytes.byteLength);
    return { etag: toEtag(answer) };
  } finally {
    giveBack();
  }
}

/** Resource and bytes in one request: https://cloud.google.com/storage/docs/uploading-objects#rest-upload-objects */
function toMultipart(resource: Readonly<Record<string, unknown>>, bytes: Uint8Array) {
  const boundary = `waybill-${randomUUID()}`;
  const before = [
    `--${boundary}`,
    'content-type: application/json; charset=UTF-8',
    '',
    JSON.stringify(resource),
    `--${boundary}`,
    `content-type: ${String(resource.contentType)}`,
    '',
    '',
  ].join('\r\n');
  const body = Buffer.concat([Buffer.from(before), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]);
  return { body, contentType: `multipart/related; boundary=${boundary}` };
}
