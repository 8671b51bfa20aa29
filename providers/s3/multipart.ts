import type * as Sdk from '@aws-sdk/client-s3';
import { ProviderError } from '../../src/errors/errors.ts';
import type { Call, NewObject, ObjectSpec } from '../../src/provider/contract.ts';
import { checkTarget, withCondition } from './conditions.ts';
import { type Connection, partsAtOnce, send, takeRoom } from './connection.ts';
import type { Action } from './errors.ts';
import { knownEtag, type Target } from './target.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const maxParts = 10_000;
const abortTimeoutMs = 30_000;

/** One part: takes its number, answers its etag. */
type Part = (number: number, call: Call) => Promise<string | undefined>;

interface Upload {
  readonly id: string | undefined;
  readonly action: Action;
  readonly spec: ObjectSpec;
  readonly target: Target;
}

/** Parts of `body`, at most four at once and within the memory of the connection. */
export async function writeInParts(
  connection: Connection,
  object: NewObject,
  target: Target,
  call: Call,
): Promise<{ etag: string }> {
  const { tuning } = connection;
  const mebibyte = 2 ** 20;
  const partBytes = Math.max(tuning.partBytes, Math.ceil(object.size / maxParts / mebibyte) * mebibyte);
  return inUpload(connection, { action: 'write', spec: object, target }, call, async function* (id) {
    // Room is taken before the bytes are read, so that a part that waits for it holds none.
    let room = await takeRoom(connection, partBytes, call);
    try {
      for await (const bytes of object.body.chunks(partBytes)) {
        const giveBack = room;
        room = () => undefined;
        yield async (number, partCall) => {
          const send = () => uploadPart(connection, { id, target, number, bytes }, partCall);
          const etag = await retried(partCall, send).finally(giveBack);
          call.onBytes?.(bytes.byteLength);
          return etag;
        };
        room = await takeRoom(connection, partBytes, call);
      }
    } finally {
      room();
    }
  });
}

async function uploadPart(
  connection: Connection,
  part: { id: string | undefined; target: Target; number: number; bytes: Uint8Array },
  call: Call,
): Promise<string | undefined> {
  const { Bucket, Key } = part.target;
  const Body = Buffer.from(part.bytes.buffer, part.bytes.byteOffset, part.bytes.byteLength);
  const input = { Bucket, Key, UploadId: part.id, PartNumber: part.number, Body };
  const command = new connection.sdk.UploadPartCommand(input);
  const what = { action: 'write', key: Key.slice(connection.root.length) } as const;
  const { ETag } = await send(connection, call, what, (s3, options) => s3.send(command, options));
  return ETag;
}

/** Server-side copy of an object that is too large for one CopyObject. */
export async function copyInParts(
  connection: Connection,
  source: { readonly CopySource: string; readonly CopySourceIfMatch: string },
  spec: ObjectSpec,
  target: Target,
  call: Call,
): Promise<{ etag: string }> {
  const { sdk, tuning } = connection;
  const partBytes = Math.max(tuning.copyPartBytes, Math.ceil(spec.size / maxParts));
  return inUpload(connection, { action: 'copy', spec, target }, call, async function* (UploadId) {
    for (let at = 0; at < spec.size; at += partBytes) {
      const CopySourceRange = `bytes=${at}-${Math.min(at + partBytes, spec.size) - 1}`;
      yield async (PartNumber, partCall) => {
        const { Bucket, Key } = target;
        const command = new sdk.UploadPartCopyCommand({
          Bucket,
          Key,
          UploadId,
          PartNumber,
          ...source,
          CopySourceRange,
        });
        const what = { action: 'copy', key: spec.key } as const;
        const copyPart = () => send(connection, partCall, what, (s3, options) => s3.send(command, options));
        return (await retried(partCall, copyPart)).CopyPartResult?.ETag;
      };
    }
  });
}

/**
 * A part that fails is sent again by itself: its number makes that harmless, and a large body would hardly get through a poor network in one
 * piece. Without a wrapper around the origin there is one attempt.
 */
function retried<T>({ again }: Call, attempt: () => Promise<T>): Promise<T> {
  return again ? again(attempt) : attempt();
}

/** Opens an upload, sends its parts and completes it under the target's condition; on any failure nothing of it is left. */
async function inUpload(
  connection: Connection,
  about: Omit<Upload, 'id'>,
  call: Call,
  parts: (id: string | undefined) => AsyncIterable<Part>,
): Promise<{ etag: string }> {
  const { action, spec, target } = about;
  const create = new connection.sdk.CreateMultipartUploadCommand(target);
  const what = { action, key: spec.key };
  const { UploadId } = await send(connection, call, what, (s3, options) => s3.send(create, options));
  const upload = { ...about, id: UploadId };
  try {
    const sent = await sendParts(parts(UploadId), call);
    await checkTarget(connection, spec, call);
    return await complete(connection, upload, sent, call);
  } catch (error) {
    await abort(connection, upload);
    throw error;
  }
}

/** Waits for every part that was begun, also after a failure: one that arrives after the abort would stay and be paid for. */
async function sendParts(parts: AsyncIterable<Part>, call: Call): Promise<Sdk.CompletedPart[]> {
  const failed = new AbortController();
  const partCall = { ...call, signal: AbortSignal.any([call.signal, failed.signal]) };
  const sent: Sdk.CompletedPart[] = [];
  const running = new Set<Promise<void>>();
  let number = 0;
  try {
    for await (const part of parts) {
      const PartNumber = ++number;
      const run: Promise<void> = part(PartNumber, partCall)
        .then((ETag) => void sent.push({ PartNumber, ...(ETag === undefined ? {} : { ETag }) }))
        .catch((error: unknown) => failed.abort(error))
        .finally(() => running.delete(run));
      running.add(run);
      if (running.size >= partsAtOnce) await Promise.race(running);
      partCall.signal.throwIfAborted();
    }
  } catch (error) {
    failed.abort(error);
    throw error;
  } finally {
    await Promise.all(running);
  }
  partCall.signal.throwIfAborted();
  return sent.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
}

async function complete(
  connection: Connection,
  { id, action, spec, target }: Upload,
  Parts: Sdk.CompletedPart[],
  call: Call,
): Promise<{ etag: string }> {
  const { Bucket, Key } = target;
  let gone: unknown;
  const finish = async () => {
    const output = await withCondition(connection, spec, call, (condition) => {
      const input = { Bucket, Key, UploadId: id, MultipartUpload: { Parts }, ...condition };
      const command = new connection.sdk.CompleteMultipartUploadCommand(input);
      const what = { action, key: spec.key, conditional: spec.ifMatch !== undefined };
      return send(connection, call, what, (s3, options) => s3.send(command, options));
    });
    return { etag: await knownEtag(connection, spec.key, output.ETag, call) };
  };
  const done = await retried(call, () =>
    finish().catch((error: unknown) => {
      if (!isUploadGone(error)) throw error;
      gone = error;
      return undefined;
    }),
  );
  // Either an attempt before has worked, and the wrapper finds the object, or all parts have to be sent anew.
  if (!done) throw gone;
  return done;
}

function isUploadGone(error: unknown): boolean {
  return error instanceof ProviderError && error.cause instanceof Error && error.cause.name === 'NoSuchUpload';
}

/** With a signal of its own: the call's may be the reason. Best effort; a lifecycle rule is the net below. */
async function abort({ s3, sdk }: Connection, { id, target: { Bucket, Key } }: Upload): Promise<void> {
  const command = new sdk.AbortMultipartUploadCommand({ Bucket, Key, UploadId: id });
  await s3.client.send(command, { abortSignal: AbortSignal.timeout(abortTimeoutMs) }).catch(() => undefined);
}
