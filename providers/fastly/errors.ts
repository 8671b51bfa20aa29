import { ProviderError } from '../../src/errors/errors.ts';
import { type Answered, readRetryAfter } from '../../src/provider/exchange.ts';
import { nameCall, type PurgeCall, scopeOf } from './calls.ts';

export const tokenVariable = 'FASTLY_API_TOKEN';

export interface Doing {
  readonly call: PurgeCall;
  readonly serviceId: string;
  readonly endpoint: string;
}

/** What an answer that is no success means; pure. `nowMs` is the time since 1970. */
export function toProviderError(answer: Answered, { call, serviceId, endpoint }: Doing, nowMs: number): ProviderError {
  const { status } = answer;
  const said = quote(readMessage(answer.text));
  if (status === 429) return throttled(waitOf(answer, nowMs), said);
  if (status >= 500 || status < 400) {
    const waitMs = readRetryAfter(answer.headers);
    const message = `Fastly at ${endpoint} failed with HTTP ${status}${said}.`;
    return new ProviderError('unavailable', message, waitMs === undefined ? {} : { retryAfterMs: waitMs });
  }
  if (status === 401) {
    return new ProviderError('auth', `Fastly refused the API token of ${tokenVariable}${said}.`, {
      hint: `Make a token of scope ${scopeOf(call)} for service ${serviceId} and set ${tokenVariable} to it.`,
    });
  }
  if (status === 403) {
    const scope = scopeOf(call);
    return new ProviderError(
      'auth',
      `The API token of ${tokenVariable} lacks the scope ${scope} on service ${serviceId}${said}.`,
      {
        hint: `Make a token of scope ${scope} for that service; see docs/providers/fastly.md.`,
      },
    );
  }
  if (status === 404 && call.kind !== 'url') {
    return new ProviderError('missing', `There is no Fastly service ${serviceId}${said}.`, {
      hint: 'Correct `serviceId`, or use a token of the account that owns the service.',
    });
  }
  return new ProviderError('rejected', `Fastly refused to purge ${nameCall(call)}: HTTP ${status}${said}.`, {
    hint: 'The host of `url` must be a domain of the service.',
  });
}

export function throttled(retryAfterMs: number | undefined, said = ''): ProviderError {
  return new ProviderError('throttled', `The rate limit of the Fastly API token is used up${said}.`, {
    hint: 'Run again later: what is still owed is paid first.',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/**
 * Milliseconds until the limit is refilled, or undefined while there is something left. The headers stand on every answer to a write.
 * https://www.fastly.com/documentation/reference/api/#rate-limiting
 */
export function waitForRefill({ headers }: Answered, nowMs: number): number | undefined {
  const remaining = headers['fastly-ratelimit-remaining'];
  const resetMs = Number(headers['fastly-ratelimit-reset']) * 1000;
  if (typeof remaining !== 'string' || Number(remaining) > 0 || !Number.isFinite(resetMs)) return undefined;
  // The reset is in whole seconds of Fastly's clock, so by ours it may be over already.
  return Math.max(1000, resetMs - nowMs);
}

function waitOf(answer: Answered, nowMs: number): number | undefined {
  return readRetryAfter(answer.headers) ?? waitForRefill(answer, nowMs);
}

/** Fastly answers `{"msg":"…","detail":"…"}`. */
function readMessage(text: string): string {
  try {
    const { msg, detail } = Object(JSON.parse(text)) as { msg?: unknown; detail?: unknown };
    return [msg, detail].filter((part) => typeof part === 'string' && part !== '').join(': ');
  } catch {
    return '';
  }
}

function quote(said: string): string {
  return said === '' ? '' : ` ("${said.replace(/[.\s]+$/, '').slice(0, 300)}")`;
}

export function missingToken(): ProviderError {
  return new ProviderError('auth', `There is no Fastly API token: ${tokenVariable} is not set.`, {
    hint: `Make a token of scope purge_select for the service, and set ${tokenVariable} to it.`,
  });
}
