import { ProviderError } from '../../src/errors/errors.ts';
import type { Call, ObjectSpec } from '../../src/provider/contract.ts';
import { bareEtag, type Connection, conflict, nameBucket } from './connection.ts';
import { toFields, type WrittenFields } from './headers.ts';
import { headObject } from './read.ts';

/** What every write, copy and multipart upload says about its target. */
export interface Target extends WrittenFields {
  readonly Bucket: string;
  readonly Key: string;
  readonly ACL?: 'public-read' | 'bucket-owner-full-control';
  readonly ServerSideEncryption?: 'AES256' | 'aws:kms' | 'aws:kms:dsse';
  readonly SSEKMSKeyId?: string;
}

/** Throws ProviderError `rejected` for what the store cannot keep. */
export function toTarget(connection: Connection, spec: ObjectSpec): Target {
  const { dialect, options, root } = connection;
  const { refusedInKeys } = dialect;
  if (refusedInKeys?.pattern.test(spec.key)) {
    const message = `${nameBucket(connection)}: ${JSON.stringify(spec.key)} cannot be a key: it holds ${refusedInKeys.what}.`;
    throw new ProviderError('rejected', message, { hint: 'Rename or ignore the file.' });
  }
  const { acl, kmsKeyId, serverSideEncryption } = options;
  const hidden = spec.visibility === 'private' && acl === 'public-read';
  return {
    Bucket: options.bucket,
    Key: root + spec.key,
    ...toFields(spec.headers, spec.sha256),
    ...(acl === undefined || hidden ? {} : { ACL: acl }),
    ...(serverSideEncryption === undefined ? {} : { ServerSideEncryption: serverSideEncryption }),
    ...(kmsKeyId === undefined ? {} : { SSEKMSKeyId: kmsKeyId }),
  };
}

/** Ceph radosgw leaves the etag out of the answer to a completed multipart upload. */
export async function knownEtag(
  connection: Connection,
  key: string,
  answered: string | undefined,
  call: Call,
): Promise<string> {
  const etag = bareEtag(answered) || (await headObject(connection, key, call))?.etag;
  if (etag === undefined) throw conflict(connection, key);
  return etag;
}
