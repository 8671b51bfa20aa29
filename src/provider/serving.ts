import type { Headers } from '../model.ts';
import type { Origin } from './contract.ts';

/** An object as the embedded edge sends it. */
export interface ServedHead {
  readonly size: number;
  readonly etag: string;
  /** Milliseconds since 1970. */
  readonly modifiedMs: number;
  /** As they were stored; empty when somebody else wrote the file. */
  readonly headers: Headers;
}

export interface ServedObject extends ServedHead {
  /** The bytes from `start` up to and without `end`. Frees the object when it ends or is left early; call it once, or `close`. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
  /** Frees an object that is not read. Does no harm afterwards. */
  close(): void;
}

/** What the edges of an environment were asked to forget since the last look. */
export interface Forgotten {
  /** URL paths as in InvalidationRequest, in the order they came. */
  readonly items: readonly string[];
  /** The record was cut since the last look, so anything may be stale. */
  readonly everything: boolean;
}

/**
 * What `waybill serve` needs beyond an Origin's calls. Only origins that bring an edge along have it. All but `read` is synchronous and
 * costs a few system calls, as it is asked for on each request. Throws ProviderError; `rejected` for a key that cannot exist.
 */
export interface Serving {
  head(key: string): ServedHead | undefined;
  open(key: string): ServedObject | undefined;
  /** Gives a function to call before each answer. What was forgotten before is not told. */
  followInvalidations(): () => Forgotten;
}

export interface ServingOrigin extends Origin {
  readonly serving: Serving;
}

/** Whether an origin, opened and not wrapped, can be served. */
export function canServe(origin: Origin): origin is ServingOrigin {
  return 'serving' in origin;
}
