import { ProviderError } from '../../src/errors/errors.ts';
import { type Answered, readRetryAfter, type Sent } from '../../src/provider/exchange.ts';

/** Whether the cache has done it. A cache that never had the URL has nothing to forget: nginx says 404. */
export function isAccepted({ status }: Answered): boolean {
  return (status >= 200 && status < 300) || status === 404;
}

/** What an answer that is no success means; pure. */
export function toProviderError(answer: Answered, { method, path }: Sent, endpoint: string): ProviderError {
  const { status } = answer;
  const what = `${method} ${path}`;
  const retryAfterMs = readRetryAfter(answer.headers);
  const later = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (status === 429)
    return new ProviderError('throttled', `The cache at ${endpoint} asked to slow down (${what}).`, later);
  if (status >= 500)
    return new ProviderError('unavailable', `The cache at ${endpoint} failed ${what} with HTTP ${status}.`, later);
  if (status === 401 || status === 403 || status === 405) {
    return new ProviderError('auth', `The cache at ${endpoint} does not allow ${what} (HTTP ${status}).`, {
      hint: `Allow ${method} from this machine's address in the cache's configuration, or name its token in \`headersFrom\`; see docs/providers/http.md.`,
    });
  }
  return new ProviderError('rejected', `The cache at ${endpoint} refused ${what} with HTTP ${status}.`, {
    hint: 'Compare `endpoint`, `method` and `pathPrefix` with the configuration of the cache.',
  });
}

export function missingVariables(names: readonly string[]): ProviderError {
  return new ProviderError('auth', `Headers for the cache come from variables that are not set: ${names.join(', ')}.`, {
    hint: 'Set them, or take the headers out of `headersFrom`.',
  });
}

/** An invalidation that was planned, or is owed, from when the options were others. */
export function unknownScope(option: 'prefixes' | 'tagHeader'): ProviderError {
  const what = option === 'prefixes' ? 'all URLs below a path' : 'objects by their tags';
  return new ProviderError('rejected', `The configuration does not say how the cache is told to forget ${what}.`, {
    hint: `Set \`${option}\` of the edge; see docs/providers/http.md.`,
  });
}
