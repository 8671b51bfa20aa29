import { ProviderError } from '../../src/errors/errors.ts';
import type { Call, StoredBody, StoredHead } from '../../src/provider/contract.ts';
import { bareEtag, type Connection, orMissing, send } from './connection.ts';
import { fromAttributes } from './headers.ts';

export async function headBlob(connection: Connection, key: string, call: Call): Promise<StoredHead | undefined> {
  const blob = connection.container.getBlobClient(connection.root + key);
  const found = await orMissing(() =>
    send(connection, call, { action: 'head', key }, (abortSignal) => blob.getProperties({ abortSignal })),
  );
  if (!found) return undefined;
  return { key, size: found.contentLength ?? 0, etag: bareEtag(found.etag), ...fromAttributes(found) };
}

export async function readBlob(connection: Connection, key: string, call: Call): Promise<StoredBody | undefined> {
  const { container, options, root } = connection;
  const blob = container.getBlobClient(root + key);
  const what = { action: 'read', key } as const;
  const found = await orMissing(() =>
    send(connection, call, what, (abortSignal) => blob.download(0, undefined, { abortSignal, maxRetryRequests: 0 })),
  );
  if (!found) return undefined;
  const { readableStreamBody, contentLength = 0, date, etag, lastModified } = found;
  if (!readableStreamBody) {
    throw new ProviderError('unavailable', `Azure container ${options.container}: ${root + key} came without a body.`);
  }
  // Without the store's clock a blob counts as new, so that no lock is ever taken for a dead one.
  const ageMs = Math.max(0, (date?.getTime() ?? 0) - (lastModified?.getTime() ?? Number.POSITIVE_INFINITY)) || 0;
  const chunks = readableStreamBody as AsyncIterable<Buffer>;
  return { etag: bareEtag(etag), size: contentLength, ageMs, body: translated(connection, key, call, chunks) };
}

/** A connection may still break while the body comes in. */
async function* translated(
  connection: Connection,
  key: string,
  call: Call,
  chunks: AsyncIterable<Buffer>,
): AsyncIterable<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await send(connection, call, { action: 'read', key }, () => source.next());
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await source.return?.();
  }
}
