import { createByteBudget } from '../../src/provider/budget.ts';
import type { Origin, OriginTraits, ProviderContext } from '../../src/provider/contract.ts';
import { listingBy } from '../../src/provider/pages.ts';
import { openAccess } from './access.ts';
import { type Connection, defaultTuning, partsAtOnce, type Tuning } from './connection.ts';
import { copyObject } from './copy.ts';
import { amazonDialect, type Dialect } from './dialect.ts';
import { toProviderError } from './errors.ts';
import { storedHeaders } from './headers.ts';
import { listPages } from './list.ts';
import { type S3Options, toRoot } from './options.ts';
import { headObject, readObject } from './read.ts';
import { removeObjects } from './remove.ts';
import { writeObject } from './write.ts';

/** What every store of this kind takes; far ones get more as long as it pays. */
const startConcurrency = 64;

/** Sends nothing yet. Throws ProviderError when no region is known. */
export async function openS3(
  options: S3Options,
  context: ProviderContext,
  { dialect = amazonDialect, ...tuning }: Partial<Tuning> & { readonly dialect?: Dialect } = {},
): Promise<Origin> {
  const connection = await connect(options, context, { dialect, tuning: { ...defaultTuning, ...tuning } });
  const traits: OriginTraits = {
    // An etag is an MD5 only of bodies in one part that are not encrypted by KMS; no listing tells which those are.
    listHash: 'none',
    rangedList: true,
    concurrency: context.concurrency ?? options.concurrency,
    startConcurrency,
    writeIntervalMs: dialect.writeIntervalMs,
    maxKeyBytes: dialect.maxKeyBytes - Buffer.byteLength(connection.root),
    maxObjectBytes: dialect.maxObjectBytes,
    headers: storedHeaders,
    copyPlace: { realm: realmOf(options), bucket: options.bucket, root: connection.root },
  };
  return {
    name: `${dialect.id}://${options.bucket}/${connection.root}`,
    traits,
    ...listingBy((range, call) => listPages(connection, range, call)),
    read: (key, call) => readObject(connection, key, call),
    head: (key, call) => headObject(connection, key, call),
    write: (object, call) => writeObject(connection, object, call),
    copy: (from, to, call) => copyObject(connection, from, to, call),
    remove: (keys, call) => removeObjects(connection, keys, call),
    close: () => connection.access.close(),
  };
}

/** One endpoint and one set of credentials; what these may read, the vendor says. */
function realmOf({ endpoint = 'aws', profile = '' }: S3Options): string {
  return `${endpoint} ${profile}`;
}

async function connect(
  options: S3Options,
  context: ProviderContext,
  { dialect, tuning }: Pick<Connection, 'dialect' | 'tuning'>,
): Promise<Connection> {
  const access = openAccess(options, context, {
    // Two more than uploads take, for the lock's renewal.
    most: (context.concurrency ?? options.concurrency) * partsAtOnce + 2,
    timeoutMs: tuning.socketTimeoutMs,
  });
  const { bucket, endpoint = 'https://s3.amazonaws.com' } = options;
  const findRegion = async () => (await access.sdk()).client.config.region();
  const region =
    access.region ??
    (await findRegion().catch((error: unknown) => {
      throw toProviderError(error, { action: 'list', dialect, bucket, endpoint });
    }));
  const budget = createByteBudget(tuning.memoryBytes);
  return { access, options, dialect, region, root: toRoot(options.prefix), tuning, budget, learnt: {} };
}
