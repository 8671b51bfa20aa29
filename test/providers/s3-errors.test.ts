import { describe, expect, test } from 'vitest';
import { amazonDialect } from '../../providers/s3/dialect.ts';
import { type Attempt, toProviderError } from '../../providers/s3/errors.ts';
import { SourceError } from '../../src/errors/errors.ts';

const attempt: Attempt = {
  action: 'write',
  dialect: amazonDialect,
  bucket: 'shop-static',
  key: 'static/a.css',
  endpoint: 'https://shop-static.s3.us-east-2.amazonaws.com',
  region: 'us-east-2',
};

/** An error as the SDK throws it, from an answer of S3. */
function answered(status: number, code: string, message = 'UnknownError', headers: Record<string, string> = {}): Error {
  const fields = {
    name: code,
    Code: code,
    $metadata: { httpStatusCode: status },
    $response: { statusCode: status, headers },
  };
  return Object.assign(new Error(message), fields);
}

/** A HEAD has no body, so no code either. */
function bare(status: number, name: string, headers: Record<string, string> = {}): Error {
  return Object.assign(new Error('UnknownError'), {
    name,
    $metadata: { httpStatusCode: status },
    $response: { statusCode: status, headers },
  });
}

function network(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

const denied =
  'User: arn:aws:iam::123456789012:user/ci is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::shop-static/static/a.css" because no identity-based policy allows the s3:PutObject action';
const kmsDenied =
  'User: arn:aws:iam::123456789012:user/ci is not authorized to perform: kms:GenerateDataKey on resource: arn:aws:kms:us-east-2:123456789012:key/1 because no resource-based policy allows the kms:GenerateDataKey action';

const table: [
  string,
  unknown,
  Partial<Attempt>,
  { kind: string; says?: RegExp; hints?: RegExp; retryAfterMs?: number },
][] = [
  [
    'AWS names the permission',
    answered(403, 'AccessDenied', denied),
    {},
    { kind: 'auth', says: /s3:PutObject is missing/, hints: /Allow s3:PutObject/ },
  ],
  [
    'AWS names the KMS permission',
    answered(403, 'AccessDenied', kmsDenied),
    {},
    { kind: 'auth', says: /kms:GenerateDataKey is missing/ },
  ],
  [
    'bare 403 on write',
    answered(403, 'AccessDenied', 'Access Denied'),
    {},
    { kind: 'auth', says: /shop-static.*static\/a\.css.*s3:PutObject/ },
  ],
  [
    'bare 403 on HEAD',
    bare(403, 'Unknown'),
    { action: 'head' },
    { kind: 'auth', says: /s3:GetObject and s3:ListBucket/ },
  ],
  [
    '403 on list',
    answered(403, 'AccessDenied', 'Access Denied'),
    { action: 'list' },
    { kind: 'auth', says: /s3:ListBucket/ },
  ],
  [
    '403 on remove',
    answered(403, 'AccessDenied', 'Access Denied'),
    { action: 'remove' },
    { kind: 'auth', says: /s3:DeleteObject/ },
  ],
  [
    '403 on copy',
    answered(403, 'AccessDenied', 'Access Denied'),
    { action: 'copy' },
    { kind: 'auth', says: /s3:GetObject and s3:PutObject/ },
  ],
  ['radosgw: unknown access key', bare(403, 'Unknown'), { action: 'list' }, { kind: 'auth' }],
  ['wrong secret', answered(403, 'SignatureDoesNotMatch'), {}, { kind: 'auth', hints: /secret access key/ }],
  [
    'unknown access key',
    answered(403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.'),
    {},
    { kind: 'auth', hints: /not valid at this endpoint/ },
  ],
  [
    'expired token',
    answered(400, 'ExpiredToken', 'The provided token has expired.'),
    {},
    { kind: 'auth', says: /expired/, hints: /new credentials/ },
  ],
  [
    'clock is wrong',
    answered(403, 'RequestTimeTooSkewed', 'The difference between the request time and the current time is too large.'),
    {},
    { kind: 'auth', hints: /clock/ },
  ],
  [
    'no credentials',
    Object.assign(new Error('Could not load credentials from any providers'), { name: 'CredentialsProviderError' }),
    {},
    { kind: 'auth', says: /Could not load credentials/, hints: /AWS_ACCESS_KEY_ID.*profile.*OIDC/ },
  ],
  [
    'SSO session ended',
    Object.assign(new Error('Token is expired'), { name: 'TokenProviderError' }),
    {},
    { kind: 'auth', hints: /aws sso login/ },
  ],
  ['no region', new Error('Region is missing'), {}, { kind: 'rejected', hints: /AWS_REGION/ }],
  [
    'bucket is missing',
    answered(404, 'NoSuchBucket', 'The specified bucket does not exist'),
    {},
    { kind: 'missing', says: /S3 bucket shop-static.*does not exist/, hints: /Create the bucket/ },
  ],
  [
    'key is missing',
    answered(404, 'NoSuchKey', 'The specified key does not exist.'),
    { action: 'read' },
    { kind: 'missing' },
  ],
  ['key is missing, HEAD', bare(404, 'NotFound'), { action: 'head' }, { kind: 'missing' }],
  ['key of a conditional write is missing', answered(404, 'NoSuchKey'), { conditional: true }, { kind: 'conflict' }],
  [
    'bucket of a conditional write is missing',
    answered(404, 'NoSuchBucket'),
    { conditional: true },
    { kind: 'missing' },
  ],
  [
    'condition failed',
    answered(412, 'PreconditionFailed'),
    { conditional: true },
    { kind: 'conflict', says: /somebody else/ },
  ],
  [
    'conditional writes collided',
    answered(409, 'ConditionalRequestConflict'),
    { conditional: true },
    { kind: 'conflict' },
  ],
  [
    'radosgw: loser of a conditional write',
    answered(500, 'UnknownError'),
    { conditional: true },
    { kind: 'unavailable' },
  ],
  ['operation aborted', answered(409, 'OperationAborted'), {}, { kind: 'unavailable' }],
  ['upload was cleaned away', answered(404, 'NoSuchUpload'), {}, { kind: 'unavailable' }],
  [
    'wrong region, redirect',
    answered(301, 'PermanentRedirect', 'use the right endpoint', { 'x-amz-bucket-region': 'eu-west-1' }),
    {},
    { kind: 'rejected', hints: /bucket is in eu-west-1; set `region: 'eu-west-1'`/ },
  ],
  [
    'wrong region, HEAD',
    bare(400, '400', { 'x-amz-bucket-region': 'eu-west-1' }),
    { action: 'head' },
    { kind: 'rejected', hints: /eu-west-1/ },
  ],
  [
    'wrong region, signature',
    Object.assign(answered(400, 'AuthorizationHeaderMalformed', 'expecting eu-west-1'), { Region: 'eu-west-1' }),
    {},
    { kind: 'rejected', hints: /eu-west-1/ },
  ],
  [
    '403 in the right region',
    answered(403, 'AccessDenied', '', { 'x-amz-bucket-region': 'us-east-2' }),
    {},
    { kind: 'auth' },
  ],
  [
    'slow down',
    answered(503, 'SlowDown', 'Please reduce your request rate.', { 'retry-after': '3' }),
    {},
    { kind: 'throttled', retryAfterMs: 3000 },
  ],
  ['too many requests', bare(429, 'TooManyRequests'), {}, { kind: 'throttled' }],
  ['429 without a code', bare(429, 'Unknown'), {}, { kind: 'throttled' }],
  [
    'internal error',
    answered(500, 'InternalError', 'We encountered an internal error. Please try again.'),
    {},
    { kind: 'unavailable', says: /https:\/\/shop-static/ },
  ],
  ['service unavailable', bare(503, '503', { 'retry-after': '1' }), {}, { kind: 'throttled', retryAfterMs: 1000 }],
  ['body was damaged on its way', answered(400, 'BadDigest'), {}, { kind: 'unavailable' }],
  ['client was too slow', answered(400, 'RequestTimeout'), {}, { kind: 'unavailable' }],
  [
    'connection refused',
    network('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1'),
    {},
    { kind: 'unavailable', says: /ECONNREFUSED.*https:\/\/shop-static/, hints: /endpoint/ },
  ],
  [
    'host is unknown',
    network('ENOTFOUND', 'getaddrinfo ENOTFOUND nope'),
    {},
    { kind: 'unavailable', says: /ENOTFOUND/ },
  ],
  ['connection was cut', network('ECONNRESET', 'socket hang up'), {}, { kind: 'unavailable' }],
  ['resolver failed', network('EAI_AGAIN', 'getaddrinfo EAI_AGAIN'), {}, { kind: 'unavailable' }],
  ['no route', network('EHOSTUNREACH', 'connect EHOSTUNREACH'), {}, { kind: 'unavailable' }],
  [
    'timed out',
    Object.assign(new Error('Connection timed out after 60000 ms'), { name: 'TimeoutError' }),
    {},
    { kind: 'unavailable' },
  ],
  [
    'certificate of another name',
    network('ERR_TLS_CERT_ALTNAME_INVALID', 'altname'),
    {},
    { kind: 'rejected', hints: /pathStyle/ },
  ],
  [
    'self-signed certificate',
    network('DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate'),
    {},
    { kind: 'rejected', hints: /NODE_EXTRA_CA_CERTS/ },
  ],
  [
    'KMS key is off',
    answered(400, 'KMS.DisabledException', 'key is disabled'),
    {},
    { kind: 'rejected', hints: /KMS key/ },
  ],
  [
    'ACLs are off',
    answered(400, 'AccessControlListNotSupported', 'The bucket does not allow ACLs'),
    {},
    { kind: 'rejected', says: /does not allow ACLs/, hints: /`acl`/ },
  ],
  [
    'anything else',
    answered(400, 'InvalidArgument', 'Argument is invalid'),
    {},
    { kind: 'rejected', says: /400 InvalidArgument: Argument is invalid\.$/ },
  ],
  ['not even an error', 'a string', {}, { kind: 'rejected' }],
];

describe('toProviderError', () => {
  test.each(table)('%s', (_, error, change, expected) => {
    const translated = toProviderError(error, { ...attempt, ...change });
    const { kind, says = /^S3 bucket shop-static: /, hints, retryAfterMs } = expected;
    expect(translated).toMatchObject({ kind, message: expect.stringMatching(says), cause: error });
    expect(translated).toMatchObject({ retryAfterMs });
    if (hints) expect(translated.hint).toMatch(hints);
  });

  test('errors of our own come back as they are', () => {
    const error = new SourceError('SOURCE_CHANGED', 'a.css changed');
    expect(toProviderError(error, attempt)).toBe(error);
  });

  test('account numbers and user names of AWS do not reach the message', () => {
    expect(toProviderError(answered(403, 'AccessDenied', denied), attempt).message).not.toMatch(
      /123456789012|user\/ci/,
    );
  });
});
