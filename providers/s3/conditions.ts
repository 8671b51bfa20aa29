import { ProviderError } from '../../src/errors/errors.ts';
import type { Call, ObjectSpec } from '../../src/provider/contract.ts';
import { type Connection, conflict, isAmazon, nameBucket } from './connection.ts';
import { headObject } from './read.ts';

export interface Condition {
  readonly IfMatch?: string;
  readonly IfNoneMatch?: '*';
}

/** A request that changes `key`, as far as conditions go. */
interface Conditional extends Pick<ObjectSpec, 'key' | 'ifMatch'> {
  readonly action: 'write' | 'complete' | 'copy';
}

/**
 * Makes a request under the object's `ifMatch`. Rejects with kind `rejected` where the store takes no conditions on writes. AWS wants the etag in quotes and Ceph radosgw refuses it so; when a quoted etag fails although
 * the object has it, the bare one is tried, once, and remembered for this origin.
 */
export async function withCondition<T>(
  connection: Connection,
  { action, key, ifMatch }: Conditional,
  call: Call,
  request: (condition: Condition) => Promise<T>,
): Promise<T> {
  if (ifMatch === undefined) return request({});
  if (!connection.dialect.conditions.includes(action)) {
    // A look before the write would make the probe of an environment's first deploy believe in conditions.
    if (action === 'write') throw refuseCondition(connection);
    // Copies and multipart uploads have looked already.
    return request({});
  }
  if (ifMatch === null) return request({ IfNoneMatch: '*' });
  const { learnt } = connection;
  const quoted = learnt.quotedEtags ?? true;
  try {
    const answer = await request({ IfMatch: quoted ? `"${ifMatch}"` : ifMatch });
    learnt.quotedEtags = quoted;
    return answer;
  } catch (error) {
    const certain = learnt.quotedEtags === quoted || isAmazon(connection);
    if (certain || !(error instanceof ProviderError) || error.kind !== 'conflict') throw error;
    if ((await headObject(connection, key, call))?.etag !== ifMatch) throw error;
    const answer = await request({ IfMatch: ifMatch });
    learnt.quotedEtags = false;
    return answer;
  }
}

function refuseCondition(connection: Connection): ProviderError {
  const message = `${nameBucket(connection)}: ${connection.dialect.label} takes no conditions on writes.`;
  return new ProviderError('rejected', message);
}

/**
 * Looks at the target first where the store may ignore conditions: all we know of, AWS apart, do so for copies, and radosgw for multipart
 * uploads. That leaves a gap of one request, which the environment's lock closes.
 */
export async function checkTarget(
  connection: Connection,
  { key, ifMatch }: Pick<ObjectSpec, 'key' | 'ifMatch'>,
  call: Call,
): Promise<void> {
  if (ifMatch === undefined || isAmazon(connection)) return;
  const found = await headObject(connection, key, call);
  if ((found?.etag ?? null) !== ifMatch) throw conflict(connection, key);
}
