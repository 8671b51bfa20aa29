import type { NewObject } from '../../../src/provider/contract.ts';
import type { Condition } from '../conditions.ts';
import type { Target } from '../target.ts';
import type { Lane } from './lane.ts';
import { encodePath } from './route.ts';

export interface LeanPut {
  readonly object: NewObject;
  readonly target: Target;
  readonly condition: Condition;
  readonly bytes: Buffer;
}

/** One PutObject. */
export async function putLean(
  lane: Lane,
  { object, target, condition, bytes }: LeanPut,
  signal: AbortSignal,
): Promise<{ ETag: string | undefined }> {
  const { sha256 } = object;
  const headers = makeHeaders(object, target, condition);
  const request = { method: 'PUT', key: encodePath(target.Key), headers, body: { bytes, sha256 } } as const;
  const answer = await lane.send(request, signal);
  return { ETag: answer.headers.etag };
}

function makeHeaders(
  { headers, sha256 }: NewObject,
  { ACL, ServerSideEncryption, SSEKMSKeyId }: Target,
  { IfMatch, IfNoneMatch }: Condition,
): Record<string, string> {
  const made: Record<string, string> = { 'content-type': 'application/octet-stream', ...headers };
  made['x-amz-meta-sha256'] = sha256;
  if (ACL !== undefined) made['x-amz-acl'] = ACL;
  if (ServerSideEncryption !== undefined) made['x-amz-server-side-encryption'] = ServerSideEncryption;
  if (SSEKMSKeyId !== undefined) made['x-amz-server-side-encryption-aws-kms-key-id'] = SSEKMSKeyId;
  if (IfMatch !== undefined) made['if-match'] = IfMatch;
  if (IfNoneMatch !== undefined) made['if-none-match'] = IfNoneMatch;
  return made;
}
