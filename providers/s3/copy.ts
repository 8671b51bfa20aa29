import { ProviderError } from '../../src/errors/errors.ts';
import type { Call, CopySource, ObjectSpec } from '../../src/provider/contract.ts';
import { checkTarget, withCondition } from './conditions.ts';
import { type Connection, conflict, isAmazon, isMissingKey, nameBucket, send } from './connection.ts';
import { copyInParts } from './multipart.ts';
import { headObject } from './read.ts';
import { knownEtag, toTarget } from './target.ts';

/** Server-side. The target's headers, ACL, encryption and tags are its own; the source's never come along. */
export async function copyObject(
  connection: Connection,
  from: CopySource,
  to: ObjectSpec,
  call: Call,
): Promise<{ etag: string }> {
  const { tuning } = connection;
  const origin = connectionAt(connection, from.place);
  const { bucket } = origin.options;
  const target = toTarget(connection, to);
  if (!isAmazon(connection)) {
    // radosgw, moto and others ignore conditions on copies. AWS keeps them, so one request is enough there.
    await checkSource(origin, from, call);
    await checkTarget(connection, to, call);
  }
  const source = {
    CopySource: `${bucket.startsWith('arn:') ? `${bucket}/object` : bucket}/${encodeKey(origin.root + from.key)}`,
    CopySourceIfMatch: `"${from.etag}"`,
  };
  try {
    if (to.size > tuning.maxCopyBytes) return await copyInParts(connection, source, to, target, call);
    const tags = isAmazon(connection) ? { TaggingDirective: 'REPLACE' as const } : {};
    const output = await withCondition(connection, { ...to, action: 'copy' }, call, (condition) => {
      const input = { ...target, ...source, ...condition, ...tags, MetadataDirective: 'REPLACE' as const };
      return send(connection, call, { action: 'copy', key: to.key }, ({ sdk, client }, o) =>
        client.send(new sdk.CopyObjectCommand(input), o),
      );
    });
    return { etag: await knownEtag(connection, to.key, output.CopyObjectResult?.ETag, call) };
  } catch (error) {
    // A 404 says that either the source or, under a condition, the target is gone.
    if (!(await isMissingKey(connection, call, error))) throw error;
    await checkSource(origin, from, call);
    throw conflict(connection, to.key);
  }
}

/** The same client, looking at another bucket or prefix. */
function connectionAt(connection: Connection, place: CopySource['place']): Connection {
  if (place === undefined) return connection;
  const { bucket, root } = place;
  // The short way leads to one bucket only.
  const access = { ...connection.access, lane: async () => undefined };
  return { ...connection, access, root, options: { ...connection.options, bucket }, learnt: {} };
}

async function checkSource(connection: Connection, from: { key: string; etag: string }, call: Call): Promise<void> {
  const { root } = connection;
  const source = await headObject(connection, from.key, call);
  if (!source) {
    const message = `${nameBucket(connection)}: cannot copy ${root + from.key}: it does not exist.`;
    throw new ProviderError('missing', message);
  }
  if (source.etag !== from.etag) throw conflict(connection, from.key);
}

function encodeKey(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/');
}
