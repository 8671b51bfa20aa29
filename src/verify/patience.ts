import { ProviderError } from '../errors/errors.ts';
import type { Call } from '../provider/contract.ts';
import { type RetryPolicy, withRetries } from '../provider/retry.ts';
import type { Ask, Fetcher, Reply } from './fetch.ts';

/** Asks again, within the budget, where a connection broke or the edge says that it cannot answer now. Resolves with the last reply. */
export async function askPatiently(fetcher: Fetcher, ask: Ask, policy: RetryPolicy, call: Call): Promise<Reply> {
  let last: Reply | undefined;
  try {
    return await withRetries(policy, `get ${ask.url}`, call, async () => {
      last = await fetcher.ask(ask);
      const passing = findPassing(last);
      if (passing) throw passing;
      return last;
    });
  } catch (error) {
    if (last && error instanceof ProviderError) return last;
    throw error;
  }
}

/** Whether an edge may answer better in a moment. */
function findPassing(reply: Reply): ProviderError | undefined {
  if (reply.kind === 'lost') return reply.isFinal ? undefined : new ProviderError('unavailable', reply.reason);
  const { status, headers } = reply.answer;
  if (!isBusy(status)) return undefined;
  const seconds = Number(headers['retry-after']);
  const wait = Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: seconds * 1000 } : {};
  return new ProviderError(status === 429 ? 'throttled' : 'unavailable', `answered ${status}`, wait);
}

function isBusy(status: number): boolean {
  return status === 429 || status === 500 || (status >= 502 && status <= 504);
}

/** Whether a reply, after all patience, says nothing about the file. */
export function isLost(reply: Reply): boolean {
  return reply.kind === 'lost' || isBusy(reply.answer.status);
}
