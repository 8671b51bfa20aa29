import type { Headers } from '../model.ts';
import type { Receipt } from '../receipt.ts';

/** What CDN_URL answered, its body read and hashed. */
export interface Answer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Headers;
  /** The bytes as they came; only for status 200. */
  readonly body?: Tally;
  /** The bytes below a coding that the edge added on the fly, or why they could not be decoded. */
  readonly decoded?: Tally | { readonly error: string };
}

export interface Tally {
  readonly sha256: string;
  readonly size: number;
  /** Reading was stopped: the body is longer than any that could be right. */
  readonly endless?: boolean;
}

export type ProblemCode =
  | 'STATUS'
  | 'REDIRECT'
  /** A page where another file should be. */
  | 'SPA_FALLBACK'
  | 'TYPE'
  | 'HEADER'
  | 'ENCODING'
  /** The bytes of another version. */
  | 'STALE'
  | 'BYTES'
  | 'NO_ANSWER'
  | 'STATE_PUBLIC'
  /** A name that does not exist is not answered with 403, 404 or 410. */
  | 'UNKNOWN_NAME';

/** One thing that visitors get and should not. */
export interface Problem {
  /** Logical path of the file; of a probe, what was asked for below CDN_URL. */
  readonly path: string;
  readonly url: string;
  readonly code: ProblemCode;
  readonly expected: string | null;
  readonly found: string | null;
  /** Goes on after the path: "answers 404". */
  readonly message: string;
}

/** Whether visitors get the live version; docs/formats.md. */
export interface Verification {
  readonly kind: 'verification';
  readonly format: 1;
  readonly environment: string;
  readonly version: number;
  /** Files that were asked for. */
  readonly checked: number;
  /** Files that were not. */
  readonly skipped: number;
  readonly ok: boolean;
  readonly problems: readonly Problem[];
}

/** What a run did, and what visitors got then. */
export interface VerifiedReceipt extends Receipt {
  /** `null` when CDN_URL could not be asked. */
  readonly verification: Verification | null;
  /** The run that made the version before live again; with `failed` when it did not. */
  readonly rollback?: Receipt;
}
