import { isDeepStrictEqual } from 'node:util';
import type * as Sdk from '@azure/storage-blob';
import { ProviderError } from '../../src/errors/errors.ts';
import type { Call, CopySource, ObjectSpec, StoredHead } from '../../src/provider/contract.ts';
import { bareEtag, type Connection, conflict, isMissingKey, send, toConditions } from './connection.ts';
import { type Attributes, toAttributes } from './headers.ts';
import { checkKey } from './keys.ts';
import { headBlob } from './read.ts';

interface Source {
  readonly key: string;
  readonly etag: string;
  /** Where it lies, which may be another container of the account. */
  readonly at: Connection;
}

const pollIntervalMs = 500;
const sourceLifetimeMs = 3_600_000;

/** Server-side. The target's headers and metadata are its own; the source's never come along. */
export async function copyBlob(
  connection: Connection,
  source: CopySource,
  to: ObjectSpec,
  call: Call,
): Promise<{ etag: string }> {
  checkKey(connection, to.key);
  const attributes = toAttributes(to.headers, to.sha256);
  const from = { ...source, at: connectionAt(connection, source.place) };
  if (from.at === connection && from.key === to.key)
    return rewriteAttributes(connection, from, { ...to, attributes }, call);
  try {
    const isSmall = to.size <= connection.tuning.maxFromUrlBytes;
    if (isSmall && connection.learnt.putsFromUrl !== false) {
      const etag = await putFromUrl(connection, from, { ...to, attributes }, call);
      if (etag !== undefined) return { etag };
    }
    return await copyThenSet(connection, from, { ...to, attributes }, call);
  } catch (error) {
    // Source and target may both be what is gone.
    if (!isMissingKey(error)) throw error;
    await checkSource(from, call);
    throw conflict(connection, to.key);
  }
}

interface Target extends ObjectSpec {
  readonly attributes: Attributes;
}

/** One atomic request; `undefined` where the server does not know it. */
async function putFromUrl(connection: Connection, from: Source, to: Target, call: Call): Promise<string | undefined> {
  const { container, learnt, root } = connection;
  const target = container.getBlockBlobClient(root + to.key);
  try {
    const output = await send(connection, call, { action: 'copy', key: to.key }, async (abortSignal) => {
      const { url, authorization } = await authorizeSource(from.at, from.key);
      return target.syncUploadFromURL(url, {
        ...to.attributes,
        ...authorization,
        abortSignal,
        copySourceBlobProperties: false,
        conditions: toConditions(to.ifMatch),
        sourceConditions: { ifMatch: `"${from.etag}"` },
      });
    });
    learnt.putsFromUrl = true;
    return bareEtag(output.etag);
  } catch (error) {
    if (!isUnknownOperation(error)) throw error;
    learnt.putsFromUrl = false;
    return undefined;
  }
}

/** Azurite answers 501 APINotImplemented. */
function isUnknownOperation(error: unknown): boolean {
  return error instanceof ProviderError && (error.cause as { statusCode?: number } | undefined)?.statusCode === 501;
}

/**
 * Two requests: a copy brings the source's headers along, and ours are set over its etag right after. Readers may see the source's for a
 * moment; a crash between the two leaves them, which the next run finds and repairs.
 */
async function copyThenSet(connection: Connection, from: Source, to: Target, call: Call): Promise<{ etag: string }> {
  const target = connection.container.getBlobClient(connection.root + to.key);
  const what = { action: 'copy', key: to.key } as const;
  const copied = await send(connection, call, what, async (abortSignal) => {
    // Inside one account the source is read with the right of the request.
    const source = from.at.container.getBlobClient(from.at.root + from.key);
    const poller = await target.beginCopyFromURL(source.url, {
      abortSignal,
      intervalInMs: pollIntervalMs,
      metadata: to.attributes.metadata,
      conditions: toConditions(to.ifMatch),
      sourceConditions: { ifMatch: `"${from.etag}"` },
    });
    return poller.pollUntilDone();
  });
  return setHeaders(connection, target, { key: to.key, etag: bareEtag(copied.etag), ...to.attributes }, call);
}

/** New headers and metadata for the bytes that are there, over the etag that they have. */
async function rewriteAttributes(
  connection: Connection,
  from: Source,
  to: Target,
  call: Call,
): Promise<{ etag: string }> {
  if (to.ifMatch !== undefined && to.ifMatch !== from.etag) throw conflict(connection, to.key);
  const found = await checkSource(from, call);
  const blob = connection.container.getBlobClient(connection.root + to.key);
  const { blobHTTPHeaders, metadata } = to.attributes;
  let { etag } = from;
  const stored = toAttributes(metadataOf(found.headers), found.sha256 ?? '').metadata;
  if (!isDeepStrictEqual(stored, metadata)) {
    const conditions = toConditions(etag);
    const output = await send(connection, call, { action: 'copy', key: to.key }, (abortSignal) =>
      blob.setMetadata(metadata, { abortSignal, conditions }),
    );
    etag = bareEtag(output.etag);
  }
  return setHeaders(connection, blob, { key: to.key, etag, blobHTTPHeaders }, call);
}

function metadataOf(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-')));
}

async function setHeaders(
  connection: Connection,
  blob: Sdk.BlobClient,
  to: { key: string; etag: string; blobHTTPHeaders: Sdk.BlobHTTPHeaders },
  call: Call,
): Promise<{ etag: string }> {
  const conditions = toConditions(to.etag);
  const output = await send(connection, call, { action: 'copy', key: to.key }, (abortSignal) =>
    blob.setHTTPHeaders(to.blobHTTPHeaders, { abortSignal, conditions }),
  );
  return { etag: bareEtag(output.etag) };
}

/** The same credentials, looking at another container or prefix. */
function connectionAt(connection: Connection, place: CopySource['place']): Connection {
  if (place === undefined) return connection;
  const { bucket: container, root } = place;
  const options = { ...connection.options, container };
  return { ...connection, root, options, container: connection.service.getContainerClient(container) };
}

async function checkSource(from: Source, call: Call): Promise<StoredHead> {
  const { options, root } = from.at;
  const source = await headBlob(from.at, from.key, call);
  if (!source) {
    const message = `Azure container ${options.container}: cannot copy ${root + from.key}: it does not exist.`;
    throw new ProviderError('missing', message);
  }
  if (source.etag !== from.etag) throw conflict(from.at, from.key);
  return source;
}

/** The service fetches the source as a stranger would, so the request brings a right of its own to read it. */
async function authorizeSource(
  connection: Connection,
  key: string,
): Promise<{ url: string; authorization?: { sourceAuthorization: { scheme: string; value: string } } }> {
  const { container, credential, root } = connection;
  const blob = container.getBlobClient(root + key);
  if (credential.kind === 'sas') return { url: blob.url };
  if (credential.kind === 'key') {
    const expiresOn = new Date(Date.now() + sourceLifetimeMs);
    const permissions = connection.sdk.BlobSASPermissions.parse('r');
    return { url: await blob.generateSasUrl({ expiresOn, permissions }) };
  }
  return {
    url: blob.url,
    authorization: { sourceAuthorization: { scheme: 'Bearer', value: await credential.token() } },
  };
}
