import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderError, type ProviderErrorKind } from '../errors/errors.ts';
import type { Call, Edge, KeyRange, ObjectSpec, Origin, StoredBody, StoredHead, StoredObject } from './contract.ts';
import { type ListPages, listingBy, pagesOf } from './pages.ts';

export interface RetryPolicy {
  /** How long one operation may go on retrying, in milliseconds. */
  readonly budgetMs: number;
  readonly onRetry?: (retry: { operation: string; reason: string; delayMs: number }) => void;
}

const firstDelayMs = 200;
const longestDelayMs = 10_000;

/** Whether trying again can help at all. */
export function isPassing(error: unknown): error is ProviderError {
  return error instanceof ProviderError && (error.kind === 'throttled' || error.kind === 'unavailable');
}

/**
 * Gives a function to call after each failure: it waits and returns when trying again makes sense, else it throws the error. Jitter, also on
 * top of what the vendor asks for, so that many workers do not come back together.
 */
function makeBackoff(policy: RetryPolicy, operation: string, call: Call): (error: unknown) => Promise<void> {
  // Counts from the first failure: an operation may have waited for its turn, or sent a large body, for longer than the budget.
  let started: number | undefined;
  let tries = 0;
  return async (error) => {
    call.signal.throwIfAborted();
    if (!isPassing(error)) throw error;
    started ??= performance.now();
    const ceiling = Math.min(longestDelayMs, firstDelayMs * 2 ** tries++);
    const delayMs = Math.ceil((error.retryAfterMs ?? 0) + ceiling * (0.5 + Math.random() / 2));
    if (performance.now() - started + delayMs > policy.budgetMs) throw error;
    policy.onRetry?.({ operation, reason: error.message, delayMs });
    await sleep(delayMs, undefined, { signal: call.signal }).catch(() => call.signal.throwIfAborted());
  };
}

/** Runs `attempt` until it succeeds, fails for good, or the budget is spent. */
export async function withRetries<T>(
  policy: RetryPolicy,
  operation: string,
  call: Call,
  attempt: () => Promise<T>,
): Promise<T> {
  let backoff: ReturnType<typeof makeBackoff> | undefined;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      backoff ??= makeBackoff(policy, operation, call);
      await backoff(error);
    }
  }
}

/**
 * Wraps an origin so that passing failures are retried. A conditional write is never repeated blindly: after a failure that may hide a
 * success it is read back, and the same sha256 and headers at the key are success.
 */
export function retryOrigin(origin: Origin, policy: RetryPolicy): Origin {
  return {
    name: origin.name,
    traits: origin.traits,
    ...listingBy((range, call) => listResuming(pagesOf(origin), policy, range, call)),
    read: (key, call) => readResuming(origin, policy, key, call),
    head: (key, call) => withRetries(policy, `head ${key}`, call, () => origin.head(key, call)),
    write: (object, call) =>
      withRetries(policy, `write ${object.key}`, call, () =>
        settleDoubt(
          () => origin.write(object, retryingParts(policy, `write ${object.key}`, call)),
          async () => {
            const head = await origin.head(object.key, call);
            if (head && isWanted(object, head)) return { etag: head.etag };
            const isLost = object.ifMatch !== undefined && (head?.etag ?? null) !== object.ifMatch;
            if (isLost) throw conflict(object.key);
            return undefined;
          },
        ),
      ),
    copy: (from, to, call) =>
      withRetries(policy, `copy ${from.key}`, call, () =>
        settleDoubt(
          () => origin.copy(from, to, retryingParts(policy, `copy ${from.key}`, call)),
          async () => {
            const head = await origin.head(to.key, call);
            return head && isWanted(to, head) ? { etag: head.etag } : undefined;
          },
        ),
      ),
    remove: (keys, call) => withRetries(policy, 'remove', call, () => origin.remove(keys, call)),
    ...(origin.close ? { close: () => origin.close?.() ?? Promise.resolve() } : {}),
  };
}

/** The call of an operation that may be many requests, any of which is retried within a budget of its own. */
function retryingParts(policy: RetryPolicy, operation: string, call: Call): Call {
  return { ...call, again: (attempt) => withRetries(policy, operation, call, attempt) };
}

export function retryEdge(edge: Edge, policy: RetryPolicy): Edge {
  const settled = edge.settled?.bind(edge);
  return {
    name: edge.name,
    traits: edge.traits,
    ...(edge.ready ? { ready: () => edge.ready?.() } : {}),
    invalidate: (request, call) =>
      withRetries(policy, `invalidate at ${edge.name}`, call, () => edge.invalidate(request, call)),
    ...(settled
      ? { settled: (id, call) => withRetries(policy, `poll ${edge.name}`, call, () => settled(id, call)) }
      : {}),
    ...(edge.close ? { close: () => edge.close?.() ?? Promise.resolve() } : {}),
  };
}

/**
 * Asks `readBack` whether a failed call has worked after all; keeps the first error when it has not. A conflict may be with an earlier attempt
 * of our own, so it stands only once that was looked at. A throttled call was not carried out, and nobody is asked.
 */
async function settleDoubt<T>(attempt: () => Promise<T>, readBack: () => Promise<T | undefined>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    const isConflict = isOf('conflict', error);
    if (!isConflict && !isOf('unavailable', error)) throw error;
    const found = await readBack().catch((second: unknown) => {
      if (isOf('conflict', second) || (isConflict && isPassing(second))) throw second;
      return undefined;
    });
    if (found !== undefined) return found;
    throw error;
  }
}

function isOf(kind: ProviderErrorKind, error: unknown): boolean {
  return error instanceof ProviderError && error.kind === kind;
}

/** Whether the write has happened: the same bytes under exactly these headers, since a header may be what it takes away. */
function isWanted(spec: ObjectSpec, found: StoredHead): boolean {
  if (found.sha256 !== spec.sha256) return false;
  const names = Object.keys(spec.headers);
  if (names.length !== Object.keys(found.headers).length) return false;
  return names.every((name) => found.headers[name] === spec.headers[name]);
}

function conflict(key: string): ProviderError {
  return new ProviderError('conflict', `${key} was written by somebody else in the meantime`);
}

/** A listing that breaks goes on behind the last key it gave. */
async function* listResuming(
  listPages: ListPages,
  policy: RetryPolicy,
  range: KeyRange,
  call: Call,
): AsyncIterable<readonly StoredObject[]> {
  let last = range.after;
  let backoff = makeBackoff(policy, `list ${range.prefix}`, call);
  for (;;) {
    const from = last;
    try {
      for await (const page of listPages(last === undefined ? range : { ...range, after: last }, call)) {
        last = page.at(-1)?.key ?? last;
        yield page;
      }
      return;
    } catch (error) {
      if (last !== from) backoff = makeBackoff(policy, `list ${range.prefix}`, call);
      await backoff(error);
    }
  }
}

/** A body that breaks half-way is opened again, and what was already given is left out. */
async function readResuming(
  origin: Origin,
  policy: RetryPolicy,
  key: string,
  call: Call,
): Promise<StoredBody | undefined> {
  const open = () => withRetries(policy, `read ${key}`, call, () => origin.read(key, call));
  const first = await open();
  if (!first) return undefined;
  return { ...first, body: resume(first, open, () => makeBackoff(policy, `read ${key}`, call), key) };
}

async function* resume(
  first: StoredBody,
  open: () => Promise<StoredBody | undefined>,
  startBackoff: () => (error: unknown) => Promise<void>,
  key: string,
): AsyncIterable<Uint8Array> {
  let given = 0;
  let source: StoredBody | undefined = first;
  let backoff = startBackoff();
  for (;;) {
    let skip = given;
    const before = given;
    try {
      if (source?.etag !== first.etag) throw conflict(key);
      for await (const chunk of source.body) {
        const rest = skip >= chunk.length ? undefined : chunk.subarray(skip);
        skip = Math.max(0, skip - chunk.length);
        if (!rest) continue;
        given += rest.length;
        yield rest;
      }
      if (given === first.size) return;
      throw new ProviderError('unavailable', `The body of ${key} ended after ${given} of ${first.size} bytes`);
    } catch (error) {
      // A large body on a poor network may break often; what counts is that it comes on.
      if (given > before) backoff = startBackoff();
      await backoff(error);
      source = await open();
    }
  }
}
