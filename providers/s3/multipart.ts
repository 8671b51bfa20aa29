import type * as Sdk from '@aws-sdk/client-s3';
import { ProviderError } from '../../src/errors/errors.ts';
import type { Call, NewObject, ObjectSpec } from '../../src/provider/contract.ts';
import { type Part, partsOf, retried, sendParts } from '../../src/provider/upload.ts';
import { checkTarget, withCondition } from './conditions.ts';
import { type Connection, partsAtOnce, send } from './connection.ts';
import type { Action } from './errors.ts';
import { knownEtag, type Target } from './target.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const maxParts = 10_000;
const abortTimeoutMs = 30_000;

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
  const { budget, tuning } = connection;
  const mebibyte = 2 ** 20;
  const partBytes = Math.max(tuning.partBytes, Math.ceil(object.size / maxParts / mebibyte) * mebibyte);
  return inUpload(connection, { action: 'write', spec: object, target }, call, (id) =>
    partsOf(object.body, partBytes, { budget, call }, (Body, number, partCall) =>
      uploadPart(connection, { id, target, number, Body }, partCall),
    ),
  );
}

async function uploadPart(
  connection: Connection,
  part: { id: string | undefined; target: Target; number: number; Body: Buffer },
  call: Call,
): Promise<string | undefined> {
  const { Bucket, Key } = part.target;
  const input = { Bucket, Key, UploadId: part.id, PartNumber: part.number, Body: part.Body };
  const what = { action: 'write', key: Key.slice(connection.root.length) } as const;
  const { ETag } = await send(connection, call, what, ({ sdk, client }, options) =>
    client.send(new sdk.UploadPartCommand(input), options),
  );
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
  const { tuning } = connection;
  const partBytes = Math.max(tuning.copyPartBytes, Math.ceil(spec.size / maxParts));
  return inUpload(connection, { action: 'copy', spec, target }, call, async function* (UploadId) {
    for (let at = 0; at < spec.size; at += partBytes) {
      const CopySourceRange = `bytes=${at}-${Math.min(at + partBytes, spec.size) - 1}`;
      yield async (PartNumber, partCall) => {
        const { Bucket, Key } = target;
        const input = { Bucket, Key, UploadId, PartNumber, ...source, CopySourceRange };
        const what = { action: 'copy', key: spec.key } as const;
        const copyPart = () =>
          send(connection, partCall, what, ({ sdk, client }, options) =>
            client.send(new sdk.UploadPartCopyCommand(input), options),
          );
        return (await retried(partCall, copyPart)).CopyPartResult?.ETag;
      };
    }
  });
}

/** Opens an upload, sends its parts and completes it under the target's condition; on any failure nothing of it is left. */
async function inUpload(
  connection: Connection,
  about: Omit<Upload, 'id'>,
  call: Call,
  parts: (id: string | undefined) => AsyncIterable<Part<string | undefined>>,
): Promise<{ etag: string }> {
  const { action, spec, target } = about;
  const what = { action, key: spec.key };
  const { UploadId } = await send(connection, call, what, ({ sdk, client }, options) =>
    client.send(new sdk.CreateMultipartUploadCommand(target), options),
  );
  const upload = { ...about, id: UploadId };
  try {
    const etags = await sendParts(parts(UploadId), call, partsAtOnce);
    const sent = etags.map((ETag, at) => ({ PartNumber: at + 1, ...(ETag === undefined ? {} : { ETag }) }));
    await checkTarget(connection, spec, call);
    return await complete(connection, upload, sent, call);
  } catch (error) {
    await abort(connection, upload);
    throw error;
  }
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
    const output = await withCondition(connection, { ...spec, action: 'complete' }, call, (condition) => {
      const input = { Bucket, Key, UploadId: id, MultipartUpload: { Parts }, ...condition };
      const what = { action, key: spec.key, conditional: spec.ifMatch !== undefined };
      return send(connection, call, what, ({ sdk, client }, options) =>
        client.send(new sdk.CompleteMultipartUploadCommand(input), options),
      );
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
async function abort({ access }: Connection, { id, target: { Bucket, Key } }: Upload): Promise<void> {
  const { sdk, client } = await access.sdk();
  const command = new sdk.AbortMultipartUploadCommand({ Bucket, Key, UploadId: id });
  await client.send(command, { abortSignal: AbortSignal.timeout(abortTimeoutMs) }).catch(() => undefined);
}
