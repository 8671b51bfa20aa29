import { createByteBudget } from '../../src/provider/budget.ts';
import type { Origin, OriginTraits, ProviderContext } from '../../src/provider/contract.ts';
import { type Connection, defaultTuning, type Tuning } from './connection.ts';
import { copyObject } from './copy.ts';
import { openCredential } from './credential.ts';
import { storedHeaders } from './headers.ts';
import { maxKeyBytes } from './keys.ts';
import { listObjects } from './list.ts';
import { type GcsOptions, toBaseUrl, toRoot } from './options.ts';
import { headObject, readObject } from './read.ts';
import { removeObjects } from './remove.ts';
import { createTransport } from './transport.ts';
import { writeObject } from './write.ts';

/** https://cloud.google.com/storage/quotas#objects */
const maxObjectBytes = 5 * 2 ** 40;
/** The same page: one write a second of one name, and bursts of a few. */
const writeIntervalMs = 1000;

/** Sends nothing yet. */
export async function openGcs(
  options: GcsOptions,
  context: ProviderContext,
  tuning: Partial<Tuning> = {},
): Promise<Origin> {
  const concurrency = context.concurrency ?? options.concurrency;
  const connection: Connection = {
    options,
    baseUrl: toBaseUrl(options),
    sign: await openCredential(options, context),
    transport: createTransport(concurrency),
    root: toRoot(options.prefix),
    tuning: { ...defaultTuning, ...tuning },
    budget: createByteBudget(tuning.memoryBytes ?? defaultTuning.memoryBytes),
    learnt: {},
  };
  const traits: OriginTraits = {
    // MD5 and CRC32C are listed beside the etag, which is no hash.
    listHash: 'none',
    rangedList: true,
    concurrency,
    writeIntervalMs,
    maxKeyBytes: maxKeyBytes - Buffer.byteLength(connection.root),
    maxObjectBytes,
    headers: storedHeaders,
    copyPlace: { realm: connection.baseUrl, bucket: options.bucket, root: connection.root },
  };
  return {
    name: `gcs://${options.bucket}/${connection.root}`,
    traits,
    list: (range, call) => listObjects(connection, range, call),
    read: (key, call) => readObject(connection, key, call),
    head: (key, call) => headObject(connection, key, call),
    write: (object, call) => writeObject(connection, object, call),
    copy: (from, to, call) => copyObject(connection, from, to, call),
    remove: (keys, call) => removeObjects(connection, keys, call),
    close: async () => connection.transport.close(),
  };
}
