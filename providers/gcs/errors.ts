import { ProviderError, type ProviderErrorKind, WaybillError } from '../../src/errors/errors.ts';

export type Action = 'list' | 'read' | 'head' | 'write' | 'copy' | 'remove';

/** What was tried, for the message. */
export interface Attempt {
  readonly action: Action;
  readonly bucket: string;
  /** With the prefix. */
  readonly key?: string;
  readonly baseUrl: string;
}

/** An answer that is no success. */
export interface Refusal extends Error {
  readonly status: number;
  /** The first `reason` that the answer names, or empty. */
  readonly reason: string;
  readonly retryAfterMs?: number;
}

/** https://cloud.google.com/storage/docs/access-control/iam-json */
const permissions: Record<Action, string> = {
  // Without storage.objects.list Google answers 403 for objects that do not exist.
  list: 'storage.objects.list',
  read: 'storage.objects.get',
  head: 'storage.objects.get',
  // Writing over an object is removing the old one.
  write: 'storage.objects.create and storage.objects.delete',
  copy: 'storage.objects.get, storage.objects.create and storage.objects.delete',
  remove: 'storage.objects.delete',
};
const page = 'docs/providers/gcs.md';

interface Rule {
  readonly kind: ProviderErrorKind;
  readonly hint?: string;
}

const credentialsHint =
  'Run `gcloud auth application-default login`, set GOOGLE_APPLICATION_CREDENTIALS, or give the CI job a workload identity (OIDC).';
const slowDown: Rule = { kind: 'throttled' };
const held: Rule = { kind: 'rejected', hint: 'Lift the hold or the retention policy from the object.' };
const billing: Rule = { kind: 'auth', hint: 'Look at the billing of the project that owns the bucket.' };
const untrusted: Rule = {
  kind: 'rejected',
  hint: 'Give Node the authority that signed the certificate with NODE_EXTRA_CA_CERTS.',
};

/** By Google's reason or Node's code. https://cloud.google.com/storage/docs/json_api/v1/status-codes */
const byReason: Readonly<Record<string, Rule>> = {
  accountDisabled: billing,
  conditionNotMet: { kind: 'conflict' },
  objectUnderActiveHold: held,
  rateLimitExceeded: slowDown,
  retentionPolicyNotMet: held,
  userRateLimitExceeded: slowDown,
  CERT_HAS_EXPIRED: { kind: 'rejected', hint: 'The certificate of the endpoint has expired.' },
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
};

const network = /^(E(CONN|NET|HOST|AI_|NOTFOUND|PIPE|PROTO|TIMEDOUT|SOCKET)|HPE_|ERR_STREAM_PREMATURE_CLOSE)/;

/** Translates what Google's library throws when it finds no credentials, old ones, or nobody who exchanges them for a token. */
export function toCredentialError(error: unknown): ProviderError {
  const thrown: { message?: string; code?: unknown; response?: { status?: number } } =
    typeof error === 'object' && error !== null ? error : {};
  const { status } = thrown.response ?? {};
  const isAway = status === undefined ? network.test(String(thrown.code)) : status === 429 || status >= 500;
  const message = `Google's credentials cannot be used: ${String(thrown.message ?? error).replace(/\.$/, '')}.`;
  return new ProviderError(isAway ? 'unavailable' : 'auth', message, { cause: error, hint: credentialsHint });
}

/**
 * Translates an answer that is no success, and what Node throws. Errors of our own come back as they are. The message
 * names bucket and key, and the missing permission where one is missing.
 */
export function toProviderError(error: unknown, attempt: Attempt): WaybillError {
  if (error instanceof WaybillError) return error;
  const facts = readFacts(error);
  const { kind, hint } = classify(facts, attempt);
  const message = `${describe(attempt)}: ${explain(facts, kind, attempt)}`;
  const { retryAfterMs } = facts;
  return new ProviderError(kind, message, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

interface Facts {
  readonly status: number | undefined;
  readonly reason: string;
  readonly message: string;
  readonly retryAfterMs: number | undefined;
}

function readFacts(error: unknown): Facts {
  const thrown: Partial<Refusal> & { readonly code?: unknown } =
    typeof error === 'object' && error !== null ? error : {};
  const message = String(thrown.message ?? error)
    .replace(/\s+/g, ' ')
    .trim();
  return {
    status: thrown.status,
    // A connection that ends early is an "aborted" without a code.
    reason: String(thrown.reason ?? thrown.code ?? (message === 'aborted' ? 'ECONNRESET' : '')),
    message,
    retryAfterMs: thrown.retryAfterMs,
  };
}

function classify({ status, reason, message }: Facts, { action, baseUrl }: Attempt): Rule {
  const known = byReason[reason];
  if (known) return known;
  if (status === undefined) {
    if (network.test(reason)) {
      return { kind: 'unavailable', hint: `Look at the network, and at \`endpoint\` (${baseUrl}).` };
    }
    return { kind: 'rejected' };
  }
  if (status === 401) return { kind: 'auth', hint: credentialsHint };
  if (status === 403) {
    const named = findPermission(message) ?? permissions[action];
    return { kind: 'auth', hint: `Allow ${named} to these credentials; ${page} lists what is needed.` };
  }
  if (status === 404) {
    // A precondition on an object that is gone is 412; so if it is not the bucket, it is the session of an upload.
    if (action === 'write' && !isBucket(action, message)) return { kind: 'unavailable' };
    return {
      kind: 'missing',
      ...(isBucket(action, message) ? { hint: 'Create the bucket, or correct `bucket`.' } : {}),
    };
  }
  if (status === 412) return { kind: 'conflict' };
  if (status === 429) return slowDown;
  if (status === 408 || status === 410 || status >= 500) return { kind: 'unavailable' };
  return { kind: 'rejected' };
}

function isBucket(action: Action, message: string): boolean {
  return action === 'list' || message.includes('specified bucket');
}

/** `ci@shop.iam.gserviceaccount.com does not have storage.objects.create access to …` */
function findPermission(message: string): string | undefined {
  return /\bstorage\.\w+\.\w+/.exec(message)?.[0];
}

const verbs: Record<Action, string> = {
  list: 'list',
  read: 'read',
  head: 'look at',
  write: 'write',
  copy: 'copy to',
  remove: 'remove',
};

function describe({ action, bucket, key }: Attempt): string {
  return `GCS bucket ${bucket}: cannot ${verbs[action]} ${key === undefined || key === '' ? 'objects' : key}`;
}

function explain({ status, reason, message }: Facts, kind: ProviderErrorKind, { action, baseUrl }: Attempt): string {
  if (kind === 'missing' && isBucket(action, message)) return `the bucket does not exist at ${baseUrl}.`;
  if (kind === 'conflict') return 'somebody else wrote the object meanwhile.';
  if (status === 403 && kind === 'auth' && !(reason in byReason)) {
    return `access denied; ${findPermission(message) ?? permissions[action]} is missing (403 ${reason || 'forbidden'}).`;
  }
  const where = kind === 'unavailable' ? ` (${baseUrl})` : '';
  const said = [status, message || reason].filter((part) => part !== undefined && part !== '').join(' ');
  return `${said.replace(/\.$/, '')}${where}.`;
}
