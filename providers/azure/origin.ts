import type * as Sdk from '@azure/storage-blob';
import { createByteBudget } from '../../src/provider/budget.ts';
import type { Origin, OriginTraits, ProviderContext } from '../../src/provider/contract.ts';
import { importPeer } from '../../src/provider/peer.ts';
import { type Connection, defaultTuning, type Tuning } from './connection.ts';
import { copyBlob } from './copy.ts';
import { type Credential, openCredential } from './credential.ts';
import { storedHeaders } from './headers.ts';
import { maxKeyBytes } from './keys.ts';
import { listBlobs } from './list.ts';
import { type AzureOptions, toBaseUrl, toRoot } from './options.ts';
import { headBlob, readBlob } from './read.ts';
import { removeBlobs } from './remove.ts';
import { writeBlob } from './write.ts';

/** 50,000 blocks of 4,000 MiB: https://learn.microsoft.com/azure/storage/blobs/scalability-targets */
const maxObjectBytes = 50_000 * 4000 * 2 ** 20;

/** Sends nothing yet. Throws ProviderError when a key has no account. */
export async function openAzure(
  options: AzureOptions,
  context: ProviderContext,
  tuning: Partial<Tuning> = {},
): Promise<Origin> {
  const connection = await connect(options, context, { ...defaultTuning, ...tuning });
  const traits: OriginTraits = {
    // Content-MD5 is listed only for blobs in one piece, and nothing says that it was checked.
    listHash: 'none',
    rangedList: false,
    concurrency: context.concurrency ?? options.concurrency,
    writeIntervalMs: 0,
    maxKeyBytes: maxKeyBytes - Buffer.byteLength(connection.root),
    maxObjectBytes,
    headers: storedHeaders,
    copyPlace: { realm: connection.baseUrl, bucket: options.container, root: connection.root },
  };
  return {
    name: `azure://${options.container}/${connection.root}`,
    traits,
    list: (range, call) => listBlobs(connection, range, call),
    read: (key, call) => readBlob(connection, key, call),
    head: (key, call) => headBlob(connection, key, call),
    write: (object, call) => writeBlob(connection, object, call),
    copy: (from, to, call) => copyBlob(connection, from, to, call),
    remove: (keys, call) => removeBlobs(connection, keys, call),
  };
}

function openService(sdk: typeof Sdk, baseUrl: string, credential: Credential): Sdk.BlobServiceClient {
  // Retries are the wrapper's.
  const settings = { retryOptions: { maxTries: 1 } };
  switch (credential.kind) {
    case 'key':
      return new sdk.BlobServiceClient(baseUrl, credential.key, settings);
    case 'sas':
      return new sdk.BlobServiceClient(`${baseUrl}?${credential.query}`, undefined, settings);
    case 'identity':
      return new sdk.BlobServiceClient(baseUrl, credential.identity, settings);
  }
}

async function connect(options: AzureOptions, context: ProviderContext, tuning: Tuning): Promise<Connection> {
  const sdk = await importPeer('@azure/storage-blob', () => import('@azure/storage-blob'), context.directory);
  const credential = await openCredential(sdk, options, context);
  const baseUrl = toBaseUrl(options);
  const service = openService(sdk, baseUrl, credential);
  const container = service.getContainerClient(options.container);
  const budget = createByteBudget(tuning.memoryBytes);
  const root = toRoot(options.prefix);
  return { sdk, options, baseUrl, service, container, credential, root, tuning, budget, learnt: {} };
}
