import { ProviderError } from '../../src/errors/errors.ts';
import type { Call } from '../../src/provider/contract.ts';
import { type Connection, send } from './connection.ts';

/** https://learn.microsoft.com/rest/api/storageservices/blob-batch */
const maxBatch = 256;

export async function removeBlobs(connection: Connection, keys: readonly string[], call: Call): Promise<void> {
  call.signal.throwIfAborted();
  for (let at = 0; at < keys.length; at += maxBatch) {
    await removeBatch(connection, keys.slice(at, at + maxBatch), call);
  }
}

async function removeBatch(connection: Connection, keys: readonly string[], call: Call): Promise<void> {
  const { container, root } = connection;
  const client = container.getBlobBatchClient();
  const batch = client.createBatch();
  for (const key of keys) await batch.deleteBlob(container.getBlobClient(root + key));
  await send(connection, call, { action: 'remove' }, async (abortSignal) => {
    const { subResponses } = await client.submitBatch(batch, { abortSignal });
    // The answer is 202 even if not one blob was removed.
    const failed = subResponses.filter(({ status, errorCode }) => status >= 300 && errorCode !== 'BlobNotFound');
    if (failed.length > 0) throw new PartlyRemoved(failed, keys);
  }).catch((error: unknown) => {
    throw error instanceof ProviderError && error.cause instanceof PartlyRemoved ? error.cause.named(error) : error;
  });
}

interface SubResponse {
  readonly status: number;
  readonly errorCode?: string;
  readonly statusMessage: string;
  readonly _request: { readonly url: string };
}

/** In the shape of the SDK's errors, so that it is translated like them. */
class PartlyRemoved extends Error {
  readonly code: string;
  readonly statusCode: number;
  readonly #failed: readonly SubResponse[];
  readonly #asked: number;
  constructor(failed: readonly SubResponse[], keys: readonly string[]) {
    super(failed[0]?.statusMessage ?? '');
    this.code = failed[0]?.errorCode ?? 'Unknown';
    this.statusCode = failed[0]?.status ?? 0;
    this.#failed = failed;
    this.#asked = keys.length;
  }
  /** The same error, which also names the first blobs that were not removed. */
  named({ kind, message, hint }: ProviderError): ProviderError {
    const first = this.#failed.slice(0, 5).map(({ _request, errorCode }) => {
      const path = decodeURIComponent(new URL(_request.url).pathname);
      return `${path} (${errorCode})`;
    });
    const more = this.#failed.length > first.length ? ` and ${this.#failed.length - first.length} more` : '';
    const text = `${message} ${this.#failed.length} of ${this.#asked} blobs were not removed: ${first.join(', ')}${more}.`;
    return new ProviderError(kind, text, hint === undefined ? { cause: this } : { cause: this, hint });
  }
}
