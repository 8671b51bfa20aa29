import { ProviderError, type ProviderErrorKind, WaybillError } from '../../src/errors/errors.ts';
import { parseRetryAfter } from '../../src/provider/retry-after.ts';

export type Action = 'list' | 'read' | 'head' | 'write' | 'copy' | 'remove';

/** What was tried, for the message. */
export interface Attempt {
  readonly action: Action;
  readonly container: string;
  /** With the prefix. */
  readonly key?: string;
  readonly baseUrl: string;
  /** Whether the request asked for a certain etag, or for none. */
  readonly conditional?: boolean;
}

/** https://learn.microsoft.com/azure/storage/blobs/authorize-access-azure-active-directory */
const permissions: Record<Action, string> = {
  list: 'blobs/read',
  read: 'blobs/read',
  head: 'blobs/read',
  write: 'blobs/write',
  copy: 'blobs/read and blobs/write',
  remove: 'blobs/delete',
};
const role = 'Storage Blob Data Contributor';
const page = 'docs/providers/azure.md';

interface Rule {
  readonly kind: ProviderErrorKind;
  readonly hint?: string;
}

const credentialsHint =
  'Run `az login`, give the CI job a workload identity (OIDC), or set AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN.';
const noCredentials: Rule = { kind: 'auth', hint: credentialsHint };
const conflicting: Rule = { kind: 'conflict' };
const slowDown: Rule = { kind: 'throttled' };
const leased: Rule = { kind: 'rejected', hint: 'Break the lease on the blob; somebody holds it.' };
const untrusted: Rule = {
  kind: 'rejected',
  hint: 'Give Node the authority that signed the certificate with NODE_EXTRA_CA_CERTS.',
};

/** https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes; names of @azure/identity's and Node's errors too. */
const byCode: Readonly<Record<string, Rule>> = {
  AccountIsDisabled: { kind: 'auth', hint: 'The storage account is disabled.' },
  AggregateAuthenticationError: noCredentials,
  AuthenticationError: noCredentials,
  AuthenticationFailed: {
    kind: 'auth',
    hint: 'The key or SAS is wrong or has expired, or the clock of this machine is.',
  },
  AuthenticationRequiredError: noCredentials,
  BlobAlreadyExists: conflicting,
  BlobImmutableDueToPolicy: { kind: 'rejected', hint: 'The container has a policy that keeps blobs as they are.' },
  ConditionNotMet: conflicting,
  ContainerBeingDeleted: { kind: 'unavailable', hint: 'The container is being deleted.' },
  ContainerNotFound: { kind: 'missing', hint: 'Create the container, or correct `container` or `account`.' },
  CredentialUnavailableError: noCredentials,
  EgressIsOverAccountLimit: slowDown,
  IngressIsOverAccountLimit: slowDown,
  // Whoever commits blocks of a blob throws away those that others had sent.
  InvalidBlockList: conflicting,
  InvalidBlobOrBlock: conflicting,
  KeyBasedAuthenticationNotPermitted: {
    kind: 'auth',
    hint: 'The account refuses keys: take AZURE_STORAGE_KEY away, so that the identity is used.',
  },
  LeaseAlreadyPresent: leased,
  LeaseIdMissing: leased,
  Md5Mismatch: { kind: 'unavailable' },
  OperationsIsOverAccountLimit: slowDown,
  OperationTimedOut: { kind: 'unavailable' },
  PendingCopyOperation: { kind: 'unavailable' },
  REQUEST_SEND_ERROR: { kind: 'unavailable' },
  ServerBusy: slowDown,
  SourceConditionNotMet: conflicting,
  TargetConditionNotMet: conflicting,
  CERT_HAS_EXPIRED: { kind: 'rejected', hint: 'The certificate of the endpoint has expired.' },
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
};

const network = /^(E(CONN|NET|HOST|AI_|NOTFOUND|PIPE|PROTO|TIMEDOUT|SOCKET)|UND_|HPE_)/;

/**
 * Translates what the SDK threw. Errors of our own come back as they are. The message names container and key, and the missing
 * permission where one is missing; it never holds the signature of a SAS.
 */
export function toProviderError(error: unknown, attempt: Attempt): WaybillError {
  if (error instanceof WaybillError) return error;
  const facts = readFacts(error);
  const { kind, hint } = classify(facts, attempt);
  const message = `${describe(attempt)}: ${explain(facts, kind, attempt)}`;
  const { retryAfterMs } = facts;
  return new ProviderError(kind, message, {
    cause: withoutSignature(error, facts),
    ...(hint === undefined ? {} : { hint }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

interface Facts {
  readonly code: string;
  readonly message: string;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
}

interface ThrownShape {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly statusCode?: number;
  readonly details?: { readonly errorCode?: string };
  readonly response?: { readonly headers?: { get(name: string): string | undefined } };
}

function readFacts(error: unknown): Facts {
  const thrown: ThrownShape = typeof error === 'object' && error !== null ? error : {};
  const headers = thrown.response?.headers;
  // Behind the first line stand the request's id and time.
  const [message = ''] = String(thrown.message ?? '').split('\n');
  return {
    code: String(thrown.details?.errorCode ?? thrown.code ?? thrown.name ?? 'Unknown'),
    message: hideSignature(message),
    status: thrown.statusCode,
    retryAfterMs: parseRetryAfter(headers?.get('retry-after'), headers?.get('date')),
  };
}

function hideSignature(text: string): string {
  return text.replace(/\bsig=[^&\s"']+/gi, 'sig=***');
}

/** The SDK's error, unless its text shows a SAS. */
function withoutSignature(error: unknown, { code }: Facts): unknown {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const hidden = hideSignature(text);
  const named = error instanceof Error && (error as { code?: string }).code === code;
  if (hidden === text && (named || !(error instanceof Error))) return error;
  return Object.assign(new Error(hideSignature(error instanceof Error ? error.message : text)), {
    code,
    stack: hidden,
  });
}

function classify({ code, message, status }: Facts, { action, baseUrl, conditional }: Attempt): Rule {
  // Over a blob that must have an etag there may be none at all.
  if (status === 404 && action === 'write' && conditional && code !== 'ContainerNotFound') return conflicting;
  const known = byCode[code];
  if (known) return known;
  if (network.test(code)) {
    return { kind: 'unavailable', hint: `Look at the network, and at \`account\` or \`endpoint\` (${baseUrl}).` };
  }
  if (/non-TLS/.test(message)) {
    return { kind: 'rejected', hint: 'An identity needs an https endpoint; over http set AZURE_STORAGE_KEY.' };
  }
  if (status === 401 || status === 403) {
    return { kind: 'auth', hint: `Give these credentials the role "${role}" on the container; ${page} says how.` };
  }
  if (status === 404) return { kind: 'missing' };
  if (status === 412) return conflicting;
  if (status === 429 || status === 503) return slowDown;
  if (status === 408 || (status !== undefined && status >= 500 && status !== 501)) return { kind: 'unavailable' };
  return { kind: 'rejected' };
}

const verbs: Record<Action, string> = {
  list: 'list',
  read: 'read',
  head: 'look at',
  write: 'write',
  copy: 'copy to',
  remove: 'remove',
};

function describe({ action, container, key }: Attempt): string {
  return `Azure container ${container}: cannot ${verbs[action]} ${key === undefined || key === '' ? 'blobs' : key}`;
}

function explain({ code, message, status }: Facts, kind: ProviderErrorKind, { action, baseUrl }: Attempt): string {
  if (code === 'ContainerNotFound') return `the container does not exist at ${baseUrl}.`;
  if (kind === 'conflict') return 'somebody else wrote the blob meanwhile.';
  if (kind === 'auth' && status !== undefined && !(code in byCode)) {
    return `access denied; the data action ${permissions[action]} is missing (${status} ${code}).`;
  }
  const said = message === '' || message === code ? code : `${code}: ${message}`;
  const where = kind === 'unavailable' ? ` (${baseUrl})` : '';
  return `${status === undefined ? '' : `${status} `}${said.replace(/\.$/, '')}${where}.`;
}
