import { ProviderError, type ProviderErrorKind } from '../../src/errors/errors.ts';
import { parseRetryAfter } from '../../src/provider/retry-after.ts';

/** What was under way when the error came, for its message. */
export interface Doing {
  readonly operation: 'CreateInvalidation' | 'GetInvalidation';
  readonly distributionId: string;
  /** The base URL that was called. */
  readonly endpoint: string;
  readonly items?: readonly string[];
}

/** The parts of a thrown value that tell what happened. */
interface Seen {
  readonly name: string;
  readonly code: string;
  readonly status: number | undefined;
  readonly said: string;
}

interface Rule {
  readonly when: (seen: Seen) => boolean;
  readonly kind: ProviderErrorKind;
  readonly message: (seen: Seen, doing: Doing) => string;
  readonly hint?: (doing: Doing) => string;
}

const named =
  (...names: readonly string[]) =>
  (seen: Seen) =>
    names.includes(seen.name);

const rules: readonly Rule[] = [
  {
    when: named('NoSuchDistribution'),
    kind: 'missing',
    message: (_, { distributionId }) => `CloudFront distribution ${distributionId} does not exist in this AWS account.`,
    hint: () => 'Correct `distributionId`, or use credentials of the account that owns the distribution.',
  },
  {
    when: named('NoSuchInvalidation', 'NoSuchResource'),
    kind: 'missing',
    message: (_, { distributionId }) => `CloudFront distribution ${distributionId} does not know the invalidation.`,
  },
  {
    when: named('AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation', 'NotAuthorized'),
    kind: 'auth',
    message: ({ said }, { operation, distributionId }) =>
      `The AWS credentials lack cloudfront:${operation} on distribution ${distributionId}${quote(said)}.`,
    hint: ({ distributionId }) =>
      `Allow cloudfront:CreateInvalidation and cloudfront:GetInvalidation on arn:aws:cloudfront::ACCOUNT:distribution/${distributionId}; see docs/providers/cloudfront.md.`,
  },
  {
    when: named('ExpiredToken', 'ExpiredTokenException', 'RequestExpired', 'TokenRefreshRequired'),
    kind: 'auth',
    message: () => 'The AWS credentials for CloudFront have expired.',
    hint: () => 'Sign in again (`aws sso login`), or let the CI job ask for a new role session, and run again.',
  },
  {
    when: named('CredentialsProviderError', 'TokenProviderError', 'ProviderError'),
    kind: 'auth',
    message: ({ said }) => `No AWS credentials for CloudFront were found${quote(said)}.`,
    hint: () => 'Set AWS_PROFILE, the option `profile`, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  },
  {
    // Such answers may repeat the signed headers, the session token among them: never quote them.
    when: ({ name }) =>
      /Signature|ClientToken|AccessKeyId|UnrecognizedClient|AuthenticationToken|AuthFailure/.test(name),
    kind: 'auth',
    message: ({ name }) => `CloudFront refused the AWS credentials (${name}).`,
    hint: () => 'Check the access key and its secret, and that the clock of this machine is right.',
  },
  {
    when: named('RequestTimeTooSkewed'),
    kind: 'auth',
    message: () => 'CloudFront refused the request because the clock of this machine is wrong.',
    hint: () => 'Set the clock and run again.',
  },
  {
    when: named('TooManyInvalidationsInProgress'),
    kind: 'throttled',
    message: (_, { distributionId }) =>
      `CloudFront distribution ${distributionId} has too many invalidations in progress.`,
    hint: () => 'Wait until running invalidations are complete (a few minutes), then run again.',
  },
  {
    when: ({ name, status }) =>
      /^(Throttl|RequestThrottled|RequestLimitExceeded|TooManyRequests|SlowDown|PriorRequestNotComplete)/.test(name) ||
      status === 429,
    kind: 'throttled',
    message: (_, { operation }) => `CloudFront asked to slow down (${operation}).`,
  },
  {
    when: named('InvalidArgument', 'InvalidationBatchAlreadyExists'),
    kind: 'rejected',
    message: ({ said }, doing) => `CloudFront refused the invalidation of ${nameItem(doing.items)}${quote(said)}.`,
    hint: () => 'A path starts with `/`, is percent-encoded, has `*` only at its end and at most 4,000 characters.',
  },
  {
    when: named('BatchTooLarge'),
    kind: 'rejected',
    message: (_, { items }) =>
      `CloudFront takes fewer paths in one invalidation than the ${items?.length ?? 0} it was sent.`,
    hint: () => 'Deploy fewer changed stable files at once.',
  },
  {
    when: ({ status }) => status !== undefined && status >= 500,
    kind: 'unavailable',
    message: ({ name, status }, { endpoint }) => `CloudFront at ${endpoint} failed with ${name} (HTTP ${status}).`,
  },
  {
    // No status: nobody answered. A status below 400: what answered was not CloudFront, a proxy's page perhaps.
    when: ({ status, code, name }) =>
      (status === undefined && (code !== '' || name === 'TimeoutError')) || (status !== undefined && status < 400),
    kind: 'unavailable',
    message: ({ said, code }, { endpoint }) => `CloudFront at ${endpoint} cannot be reached${quote(said || code)}.`,
    hint: () => 'Check the network, the proxy and the option `endpoint`.',
  },
  {
    when: () => true,
    kind: 'rejected',
    message: ({ name, said }, { operation }) => `CloudFront refused ${operation}: ${name}${quote(said)}.`,
  },
];

/** Translates what the SDK threw; pure. `retryAfterMs` is set where the vendor said how long to wait. */
export function toProviderError(error: unknown, doing: Doing): ProviderError {
  const seen = look(error);
  const rule = rules.find(({ when }) => when(seen));
  if (rule === undefined) throw new Error('The last rule takes everything.');
  const retryAfterMs = rule.kind === 'throttled' || rule.kind === 'unavailable' ? readRetryAfter(error) : undefined;
  return new ProviderError(rule.kind, rule.message(seen, doing), {
    ...(rule.hint === undefined ? {} : { hint: rule.hint(doing) }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    cause: error,
  });
}

/** Whether the distribution has no room for another invalidation now. Takes minutes and is no error of ours. */
export function isTooMany(error: unknown): boolean {
  return error instanceof ProviderError && look(error.cause).name === 'TooManyInvalidationsInProgress';
}

function look(error: unknown): Seen {
  const { name, code, message, $metadata } = Object(error) as Record<string, unknown>;
  const status = (Object($metadata) as Record<string, unknown>).httpStatusCode;
  return {
    name: typeof name === 'string' ? name : 'Error',
    code: typeof code === 'string' ? code : '',
    status: typeof status === 'number' ? status : undefined,
    said: typeof message === 'string' ? message.trim().replace(/[.\s]+$/, '') : '',
  };
}

function readRetryAfter(error: unknown): number | undefined {
  const response = Object((Object(error) as Record<string, unknown>).$response) as Record<string, unknown>;
  const headers = Object(response.headers) as Record<string, string | undefined>;
  return parseRetryAfter(headers['retry-after'], headers.date);
}

/** The vendor does not say which path it dislikes, so name the first that breaks its rules, else the first. */
function nameItem(items: readonly string[] = []): string {
  const wrong = items.find((item) => !/^\/[\x21-\x29\x2b-\x7e]*\*?$/.test(item) || item.length > 4_000);
  const shown = wrong ?? items[0] ?? 'nothing';
  const short = shown.length > 200 ? `${shown.slice(0, 200)}…` : shown;
  return wrong === undefined && items.length > 1 ? `${short} and ${items.length - 1} more` : short;
}

function quote(said: string): string {
  return said === '' ? '' : ` ("${said}")`;
}
