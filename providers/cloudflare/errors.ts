import { ProviderError, type ProviderErrorKind } from '../../src/errors/errors.ts';
import { readRetryAfter } from '../../src/provider/exchange.ts';

export const tokenVariable = 'CLOUDFLARE_API_TOKEN';
export const permission = 'Zone.Cache Purge';

/** What was under way when the error came, for its message. */
export interface Doing {
  readonly zoneId: string;
  /** The base URL that was called. */
  readonly endpoint: string;
  /** The first items of the request. */
  readonly items: readonly string[];
}

/** What the API answered, or that nobody did. */
export interface Refusal {
  /** Absent when there was no answer. */
  readonly status: number | undefined;
  readonly codes: readonly number[];
  readonly said: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Rule {
  readonly when: (refusal: Refusal) => boolean;
  readonly kind: ProviderErrorKind;
  readonly message: (refusal: Refusal, doing: Doing) => string;
  readonly hint?: (doing: Doing) => string;
}

const code =
  (...some: readonly number[]) =>
  ({ codes }: Refusal) =>
    codes.some((one) => some.includes(one));

const rules: readonly Rule[] = [
  {
    // Nobody answered, or not Cloudflare did: a proxy's page has no envelope.
    when: ({ status, codes }) => status === undefined || (status < 400 && codes.length === 0),
    kind: 'unavailable',
    message: ({ said }, { endpoint }) => `Cloudflare at ${endpoint} cannot be reached${quote(said)}.`,
    hint: () => 'Check the network, the proxy and the option `endpoint`.',
  },
  {
    when: ({ status }) => status === 429,
    kind: 'throttled',
    message: (_, { zoneId }) => `Cloudflare asked to slow down (zone ${zoneId}).`,
    hint: () => 'The limits are those of the account and its plan; see docs/providers/cloudflare.md.',
  },
  {
    when: ({ status }) => status !== undefined && status >= 500,
    kind: 'unavailable',
    message: ({ status, said }, { endpoint }) => `Cloudflare at ${endpoint} failed with HTTP ${status}${quote(said)}.`,
  },
  {
    when: code(7000, 7003, 1001),
    kind: 'missing',
    message: (_, { zoneId }) => `Cloudflare knows no zone ${zoneId}.`,
    hint: () => 'Correct `zoneId`; it stands on the overview page of the domain.',
  },
  {
    // A token that is not one at all: the header's form, an unknown or a revoked token.
    when: code(1000, 6003, 6111, 9106, 9109),
    kind: 'auth',
    message: ({ said }) => `Cloudflare refused the API token of ${tokenVariable}${quote(said)}.`,
    hint: () => `Make a new token with the permission ${permission} and set ${tokenVariable} to it.`,
  },
  {
    when: ({ status }) => status === 401 || status === 403,
    kind: 'auth',
    message: ({ said }, { zoneId }) =>
      `The API token of ${tokenVariable} lacks the permission ${permission} on zone ${zoneId}${quote(said)}.`,
    hint: ({ zoneId }) => `Give the token ${permission} with zone ${zoneId} among its resources.`,
  },
  {
    when: ({ status }) => status === 404,
    kind: 'missing',
    message: ({ said }, { zoneId, endpoint }) => `There is no zone ${zoneId} at ${endpoint}${quote(said)}.`,
    hint: () => 'Correct `zoneId` or `endpoint`.',
  },
  {
    when: () => true,
    kind: 'rejected',
    message: ({ said, codes }, { items }) =>
      `Cloudflare refused the invalidation of ${nameItems(items)}${quote([said, ...codes].join(', '))}.`,
    hint: () => 'The host of `url` must belong to the zone, and the plan of the zone must be the option `plan`.',
  },
];

/** Translates what the SDK threw, or an envelope without success; pure. */
export function toProviderError(error: unknown, doing: Doing): ProviderError {
  const refusal = look(error);
  const rule = rules.find(({ when }) => when(refusal));
  if (rule === undefined) throw new Error('The last rule takes everything.');
  const isPassing = rule.kind === 'throttled' || rule.kind === 'unavailable';
  const retryAfterMs = isPassing ? readRetryAfter(refusal.headers) : undefined;
  return new ProviderError(rule.kind, rule.message(refusal, doing), {
    ...(rule.hint === undefined ? {} : { hint: rule.hint(doing) }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    cause: error,
  });
}

function look(error: unknown): Refusal {
  const { status, errors, message, headers, cause } = Object(error) as Readonly<Record<string, unknown>>;
  const listed = (Array.isArray(errors) ? errors : []) as readonly { code?: unknown; message?: unknown }[];
  const words = listed.map((one) => one.message).filter((one) => typeof one === 'string');
  const deep = Object(Object(cause).cause ?? cause) as { code?: unknown };
  const bare = typeof deep.code === 'string' ? deep.code : typeof message === 'string' ? message : '';
  return {
    status: typeof status === 'number' ? status : undefined,
    codes: listed.map((one) => one.code).filter((one) => typeof one === 'number'),
    said: (words.length > 0 ? words.join('; ') : bare)
      .trim()
      .replace(/[.\s]+$/, '')
      .slice(0, 300),
    headers: headers instanceof Headers ? Object.fromEntries(headers) : {},
  };
}

function quote(said: string): string {
  return said === '' ? '' : ` ("${said}")`;
}

function nameItems(items: readonly string[]): string {
  return items.length > 1 ? `${items[0]} and ${items.length - 1} more` : (items[0] ?? 'nothing');
}

export function missingToken(): ProviderError {
  return new ProviderError('auth', `There is no Cloudflare API token: ${tokenVariable} is not set.`, {
    hint: `Make a token with the permission ${permission} for the zone, and set ${tokenVariable} to it.`,
  });
}
