import { ProviderError } from '../../src/errors/errors.ts';
import type { Call } from '../../src/provider/contract.ts';
import { type Connection, send } from './connection.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
const maxKeys = 1000;
/** XML, in which DeleteObjects names its keys, cannot carry these. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unspeakable = /[\u0000-\u001f\u007f\ufffe\uffff]/;

export async function removeObjects(connection: Connection, keys: readonly string[], call: Call): Promise<void> {
  call.signal.throwIfAborted();
  const plain = keys.filter((key) => !unspeakable.test(key));
  for (let at = 0; at < plain.length; at += maxKeys) await removeBatch(connection, plain.slice(at, at + maxKeys), call);
  for (const key of keys) if (unspeakable.test(key)) await removeOne(connection, key, call);
}

async function removeBatch(connection: Connection, keys: readonly string[], call: Call): Promise<void> {
  const { options, root } = connection;
  const Objects = keys.map((key) => ({ Key: root + key }));
  const input = { Bucket: options.bucket, Delete: { Objects, Quiet: true } };
  await send(connection, call, { action: 'remove' }, async ({ sdk, client }, o) => {
    const { Errors = [] } = await client.send(new sdk.DeleteObjectsCommand(input), o);
    // The answer is 200 even if not one key was removed.
    const failed = Errors.filter(({ Code }) => Code !== 'NoSuchKey');
    if (failed.length > 0) throw new PartlyRemoved(failed, keys.length);
  }).catch((error: unknown) => {
    throw error instanceof ProviderError && error.cause instanceof PartlyRemoved ? error.cause.named(error) : error;
  });
}

async function removeOne(connection: Connection, key: string, call: Call): Promise<void> {
  const { options, root } = connection;
  const input = { Bucket: options.bucket, Key: root + key };
  await send(connection, call, { action: 'remove', key }, ({ sdk, client }, o) =>
    client.send(new sdk.DeleteObjectCommand(input), o),
  );
}

interface KeyError {
  readonly Key?: string | undefined;
  readonly Code?: string | undefined;
  readonly Message?: string | undefined;
}

/** Single keys have a code but no status; these are the ones that differ from "refused". */
const statuses: Readonly<Record<string, number>> = { AccessDenied: 403, InternalError: 500, ServiceUnavailable: 503 };

/** In the shape of the SDK's errors, so that it is translated like them. */
class PartlyRemoved extends Error {
  readonly Code: string;
  readonly $metadata: { readonly httpStatusCode: number };
  readonly #failed: readonly KeyError[];
  readonly #asked: number;
  constructor(failed: readonly KeyError[], asked: number) {
    super(failed[0]?.Message ?? '');
    this.Code = failed[0]?.Code ?? 'Unknown';
    this.$metadata = { httpStatusCode: statuses[this.Code] ?? 400 };
    this.#failed = failed;
    this.#asked = asked;
  }
  /** The same error, which also names the first keys that were not removed. */
  named({ kind, message, hint }: ProviderError): ProviderError {
    const first = this.#failed.slice(0, 5).map(({ Key, Code }) => `${Key} (${Code})`);
    const more = this.#failed.length > first.length ? ` and ${this.#failed.length - first.length} more` : '';
    const text = `${message} ${this.#failed.length} of ${this.#asked} objects were not removed: ${first.join(', ')}${more}.`;
    return new ProviderError(kind, text, hint === undefined ? { cause: this } : { cause: this, hint });
  }
}
