import type { PolicyDocument } from '../../src/provider/contract.ts';
import { type S3Options, toRoot } from './options.ts';

interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string;
}

/** An IAM policy, and what the KMS key's own policy must allow too. The state below the prefix needs nothing more. */
export function s3Policy(options: S3Options): PolicyDocument[] {
  const bucket = options.bucket.startsWith('arn:') ? options.bucket : `arn:aws:s3:::${options.bucket}`;
  const objects = `${bucket}${options.bucket.startsWith('arn:') ? '/object' : ''}/${toRoot(options.prefix)}*`;
  const encryption = encryptionStatement(options);
  const statements: Statement[] = [
    // Without a condition on the prefix: S3 looks at this right, and knows no prefix then, to answer 404 for a key that is not there.
    { Sid: 'WaybillList', Effect: 'Allow', Action: ['s3:ListBucket'], Resource: bucket },
    {
      Sid: 'WaybillDeploy',
      Effect: 'Allow',
      Action: [
        's3:GetObject',
        's3:PutObject',
        's3:AbortMultipartUpload',
        ...(options.acl === undefined ? [] : ['s3:PutObjectAcl']),
      ],
      Resource: objects,
    },
    { Sid: 'WaybillPrune', Effect: 'Allow', Action: ['s3:DeleteObject'], Resource: objects },
    ...(encryption === undefined ? [] : [encryption]),
  ];
  const body = JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 2);
  return [{ title: `IAM policy for ${options.bucket}; only \`prune\` needs WaybillPrune`, format: 'json', body }];
}

function encryptionStatement({ serverSideEncryption, kmsKeyId }: S3Options): Statement | undefined {
  if (!serverSideEncryption?.startsWith('aws:kms')) return undefined;
  const named = kmsKeyId?.startsWith('arn:') ? kmsKeyId : `arn:aws:kms:*:*:key/${kmsKeyId ?? '*'}`;
  return {
    Sid: 'WaybillEncrypt',
    Effect: 'Allow',
    Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
    Resource: named,
  };
}
