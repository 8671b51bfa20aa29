import type { RequestCounts } from '../receipt.ts';
import { type Conditions, emulateConditions } from './conditions.ts';
import type { Edge, Origin } from './contract.ts';
import { limitOrigin } from './limit.ts';
import { type RetryPolicy, retryEdge, retryOrigin } from './retry.ts';
import { type OnRequest, traceOrigin } from './trace.ts';
import { type Patience, watchEdge, watchOrigin } from './watch.ts';

export interface Wrapping {
  readonly policy: RetryPolicy;
  readonly requests: RequestCounts;
  readonly onRequest: OnRequest;
  /** What the store is known to make of conditional writes. */
  readonly conditions: () => Conditions | undefined;
  readonly patience?: Patience;
}

/**
 * Everything that surrounds an origin, from the outside in: counted, retried, held to conditions where the store is not, limited, watched. Waiting
 * for a place is thus no stall, and each request of a retried operation takes a place of its own.
 */
export function wrapOrigin(origin: Origin, wrapping: Wrapping): Origin {
  const held = emulateConditions(limitOrigin(watchOrigin(origin, wrapping.patience)), wrapping.conditions);
  return traceOrigin(retryOrigin(held, wrapping.policy), wrapping.requests, wrapping.onRequest);
}

export function wrapEdge(edge: Edge, policy: RetryPolicy, patience?: Patience): Edge {
  return retryEdge(watchEdge(edge, patience), policy);
}
