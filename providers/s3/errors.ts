import { ProviderError, type ProviderErrorKind, WaybillError } from '../../src/errors/errors.ts';
import { parseRetryAfter } from '../../src/provider/retry-after.ts';

import type { Dialect } from './dialect.ts';

export type Action = 'list' | 'read' | 'head' | 'write' | 'copy' | 'remove';

/** What was tried, for the message. */
export interface Attempt {
  readonly action: Action;
  readonly dialect: Dialect;
  readonly bucket: string;
  /** With the prefix. */
  readonly key?: string;
  readonly endpoint: string;
  readonly region?: string | undefined;
  /** Whether the request asked for a certain etag, or for none. */
  readonly conditional?: boolean;
}

interface Rule {
  readonly kind: ProviderErrorKind;
  readonly hint?: string;
}

const credentialsHint =
  'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a `profile`, or give the CI job a role (OIDC).';
const expired: Rule = { kind: 'auth', hint: 'Get new credentials, for example with `aws sso login`, and run again.' };
const unknownKey: Rule = { kind: 'auth', hint: `The access key is not valid at this endpoint. ${credentialsHint}` };
const kmsKey: Rule = { kind: 'rejected', hint: 'Look at the state, the region and the name of the KMS key.' };
const damaged: Rule = { kind: 'unavailable' };
const slowDown: Rule = { kind: 'throttled' };
const untrusted: Rule = {
  kind: 'rejected',
  hint: 'Give Node the authority that signed the certificate with NODE_EXTRA_CA_CERTS.',
};

/** By the vendor's code, the SDK's error name or Node's error code. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const byCode: Readonly<Record<string, Rule>> = {
  AccessControlListNotSupported: { kind: 'rejected', hint: 'The bucket has ACLs disabled; take `acl` out.' },
  AccountProblem: { kind: 'auth' },
  AuthorizationHeaderMalformed: { kind: 'rejected', hint: 'Set `region` to the region of the bucket.' },
  BadDigest: damaged,
  ConditionalRequestConflict: { kind: 'conflict' },
  ConfigError: { kind: 'rejected', hint: credentialsHint },
  CredentialsProviderError: { kind: 'auth', hint: credentialsHint },
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  IncompleteBody: damaged,
  // With any status: CopyObject says it inside an answer of 200, which the SDK calls a 503.
  InternalError: { kind: 'unavailable' },
  InvalidAccessKeyId: unknownKey,
  InvalidToken: expired,
  'KMS.DisabledException': kmsKey,
  'KMS.InvalidStateException': kmsKey,
  'KMS.KMSInvalidStateException': kmsKey,
  'KMS.NotFoundException': kmsKey,
  NoSuchUpload: { kind: 'unavailable' },
  OperationAborted: { kind: 'unavailable' },
  PreconditionFailed: { kind: 'conflict' },
  RequestLimitExceeded: slowDown,
  RequestTimeTooSkewed: { kind: 'auth', hint: 'Set the clock of this machine.' },
  RequestTimeout: { kind: 'unavailable' },
  SignatureDoesNotMatch: { kind: 'auth', hint: 'The secret access key is wrong for this access key.' },
  SlowDown: slowDown,
  Throttling: slowDown,
  ThrottlingException: slowDown,
  TimeoutError: { kind: 'unavailable' },
  TokenProviderError: expired,
  TokenRefreshRequired: expired,
  TooManyRequests: slowDown,
  XAmzContentSHA256Mismatch: damaged,
  CERT_HAS_EXPIRED: { kind: 'rejected', hint: 'The certificate of the endpoint has expired.' },
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: { kind: 'rejected', hint: 'Set `pathStyle: true`, or correct `endpoint`.' },
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
};

/** B2 refuses with 403 when a cap on storage or on transactions is reached. */
const capExceeded = /\bcap exceeded\b/i;

const network = /^(E(CONN|NET|HOST|AI_|NOTFOUND|PIPE|PROTO|TIMEDOUT|SOCKET)|UND_|HPE_)/;

/**
 * Translates what the SDK threw. Errors of our own come back as they are. The message names bucket, key and endpoint, and the missing
 * permission where one is missing.
 */
export function toProviderError(error: unknown, attempt: Attempt): WaybillError {
  if (error instanceof WaybillError) return error;
  const facts = readFacts(error);
  const { kind, hint } = classify(facts, attempt);
  const message = `${describe(attempt)}: ${explain(facts, kind, attempt)}`;
  const details = { cause: error, ...(hint === undefined ? {} : { hint }) };
  const { retryAfterMs } = facts;
  return new ProviderError(kind, message, retryAfterMs === undefined ? details : { ...details, retryAfterMs });
}

interface Facts {
  readonly code: string;
  readonly message: string;
  readonly status: number | undefined;
  readonly clockCorrected: boolean;
  readonly bucketRegion: string | undefined;
  readonly retryAfterMs: number | undefined;
}

/** Picks the few fields that decide out of the many shapes that the SDK throws. */
function readFacts(error: unknown): Facts {
  const thrown: ThrownShape = typeof error === 'object' && error !== null ? error : {};
  const headers = thrown.$response?.headers ?? {};
  return {
    code: String(thrown.Code ?? thrown.code ?? thrown.name ?? 'Unknown'),
    message: String(thrown.message ?? ''),
    status: thrown.$metadata?.httpStatusCode ?? thrown.$response?.statusCode,
    clockCorrected: thrown.$metadata?.clockSkewCorrected === true,
    bucketRegion: headers['x-amz-bucket-region'] ?? thrown.Region,
    retryAfterMs: parseRetryAfter(headers['retry-after'], headers.date),
  };
}

interface ThrownShape {
  readonly name?: string;
  readonly message?: string;
  /** S3's code. */
  readonly Code?: string;
  /** Node's code. */
  readonly code?: string;
  readonly Region?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly clockSkewCorrected?: boolean };
  readonly $response?: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> };
}

function classify(facts: Facts, attempt: Attempt): Rule {
  const { code, message, status, bucketRegion } = facts;
  const { action, conditional, dialect, region } = attempt;
  if (code === 'NoSuchBucket') {
    return { kind: 'missing', hint: `Create the bucket, or correct ${dialect.whereabouts}.` };
  }
  // Over a key that must have an etag, S3 answers 404 when there is none.
  if (status === 404 && action === 'write' && conditional) return { kind: 'conflict' };
  if (status !== undefined && status < 500 && bucketRegion !== undefined && bucketRegion !== region) {
    return { kind: 'rejected', hint: `The bucket is in ${bucketRegion}; set \`region: '${bucketRegion}'\`.` };
  }
  // The SDK has learnt the store's clock from the answer, and signs by it from now on.
  if (status === 403 && facts.clockCorrected) return { kind: 'unavailable' };
  const known = byCode[code];
  if (known) return known;
  if (network.test(code)) {
    return { kind: 'unavailable', hint: `Look at the network, and at \`endpoint\` (${attempt.endpoint}).` };
  }
  if (message.startsWith('Region is missing')) {
    return { kind: 'rejected', hint: 'Set `region`, or the variable AWS_REGION.' };
  }
  return byStatus(status, message, attempt);
}

function byStatus(status: number | undefined, message: string, { action, dialect }: Attempt): Rule {
  if (status === 401 || status === 403) {
    if (capExceeded.test(message))
      return { kind: 'rejected', hint: 'Raise the cap of the account, or wait until it starts anew.' };
    const named = findPermission(message) ?? dialect.permissions[action];
    const page = `docs/providers/${dialect.id}.md`;
    return { kind: 'auth', hint: `Allow ${named} to these credentials; ${page} lists what is needed.` };
  }
  if (status === 404) return { kind: 'missing' };
  if (status === 409 || status === 412) return { kind: 'conflict' };
  // A HEAD is told no code; S3 sends 503 when requests come too fast.
  if (status === 429 || status === 503) return slowDown;
  if (status === 301 || status === 307) return { kind: 'rejected', hint: 'Set `region` to the region of the bucket.' };
  // Stores say so to a condition that they do not know; asking again changes nothing.
  if (status === 501) return { kind: 'rejected' };
  if (status === 408 || (status !== undefined && status >= 500)) return { kind: 'unavailable' };
  return { kind: 'rejected' };
}

/** AWS names the action: `… is not authorized to perform: s3:PutObject on resource: …`. */
function findPermission(message: string): string | undefined {
  return /\b(?:perform: )((?:s3|kms|sts)[\w-]*:\w+)/.exec(message)?.[1];
}

const verbs: Record<Action, string> = {
  list: 'list',
  read: 'read',
  head: 'look at',
  write: 'write',
  copy: 'copy to',
  remove: 'remove',
};

function describe({ action, bucket, dialect, key }: Attempt): string {
  return `${dialect.label} bucket ${bucket}: cannot ${verbs[action]} ${key === undefined || key === '' ? 'objects' : key}`;
}

function explain(facts: Facts, kind: ProviderErrorKind, attempt: Attempt): string {
  const { code, status, message } = facts;
  if (code === 'NoSuchBucket') return `the bucket does not exist at ${attempt.endpoint}.`;
  if (kind === 'conflict') return 'somebody else wrote the object meanwhile.';
  const said = message === '' || message === 'UnknownError' || message === code ? code : `${code}: ${message}`;
  const where = kind === 'unavailable' ? ` (${attempt.endpoint})` : '';
  if (kind === 'auth' && status !== undefined && !(code in byCode)) {
    return `access denied; ${findPermission(message) ?? attempt.dialect.permissions[attempt.action]} is missing (${status} ${code}).`;
  }
  return `${status === undefined ? '' : `${status} `}${said.replace(/\.$/, '')}${where}.`;
}
