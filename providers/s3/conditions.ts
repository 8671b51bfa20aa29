import { ProviderError } from '../../src/errors/errors.ts';
import type { Call, ObjectSpec } from '../../src/provider/contract.ts';
import { type Connection, conflict, isAmazon } from './connection.ts';
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
 * Makes a request under the object's `ifMatch`, or after a look at the target where the store takes no conditions. AWS wants the etag in quotes and Ceph radosgw refuses it so; when a quoted etag fails although
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
    // Copies and multipart uploads have looked already.
    if (action === 'write') await checkTarget(connection, { key, ifMatch }, call);
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
