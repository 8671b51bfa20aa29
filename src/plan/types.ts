import type { AssetClass, Headers } from '../model.ts';
import type { Shard } from './split.ts';

/** What makes a plan; all but `stage` end with another version live. */
export type Operation = 'deploy' | 'stage' | 'rollback' | 'activate' | 'promote';

export type PhaseName = 'immutable' | 'mutable' | 'entry';

/** Why a step is there; explains the plan to people and decides nothing. */
export type Reason =
  | 'new'
  | 'content'
  | 'headers'
  | 'missing'
  | 'altered'
  | 'restore'
  | 'duplicate'
  | 'promoted'
  | 'adopted'
  | 'staged'
  | 'kept-for-rollback';

interface AssetStep {
  readonly key: string;
  readonly sha256: string;
  readonly size: number;
  readonly class: AssetClass;
  readonly headers: Headers;
  readonly reason: Reason;
  /** The etag that must still stand at the key; `null`: nothing may. */
  readonly ifMatch: string | null;
  /** Steps of a lower wave finish before a higher one starts, within the phase. */
  readonly wave: number;
}

export interface UploadStep extends AssetStep {
  readonly kind: 'upload';
}

/**
 * A server-side copy. Without `etag`, `from` is written earlier in the same plan; with `environment`, it lies at that environment's
 * origin.
 */
export interface CopyStep extends AssetStep {
  readonly kind: 'copy';
  readonly from: { readonly key: string; readonly etag?: string; readonly environment?: string };
}

/** Saves the body that stands at `key` under `objects/`, before another one replaces it. */
export interface KeepStep {
  readonly kind: 'keep';
  readonly key: string;
  readonly etag: string;
  readonly sha256: string;
  readonly size: number;
  readonly reason: 'kept-for-rollback' | 'adopted';
  readonly wave: number;
}

/** Sends the body of a stable key under `objects/`, where no visitor can name it, until its version is made live. */
export interface StoreStep {
  readonly kind: 'store';
  /** The asset whose bytes these are. */
  readonly key: string;
  readonly sha256: string;
  readonly size: number;
  readonly reason: 'staged';
  readonly wave: number;
}

export interface InvalidateStep {
  readonly kind: 'invalidate';
  readonly edge: string;
  /** URL paths, percent-encoded as that edge wants them, with a last `*` a prefix; `#name` is a tag. */
  readonly items: readonly string[];
  /** How many stale URLs, or files where tags are used, the items cover. */
  readonly covers: number;
  /** What the items cost at most in US dollars, without the vendor's monthly allowance. */
  readonly usd: number;
  /** Unchanged objects that prefixes and tags make the edge forget as well. */
  readonly evicts: { readonly files: number; readonly bytes: number };
  readonly wave: number;
}

export type Step = UploadStep | CopyStep | KeepStep | StoreStep | InvalidateStep;

export interface Phase {
  readonly name: PhaseName;
  readonly steps: readonly Step[];
}

export interface Warning {
  readonly code: string;
  readonly message: string;
}

/** What an edge was not told yet; the next run pays it first. */
export interface Owed {
  readonly edge: string;
  readonly items: readonly string[];
  /** The version whose change made the items stale. */
  readonly version: number;
}

/** A stale URL that the budget leaves as it is. */
export interface LeftStale {
  readonly edge: string;
  readonly path: string;
  /** How long after it was cached the edge may serve it; `null`: as the edge decides, as for answers that nothing is there. */
  readonly seconds: number | null;
}

export interface PlanSummary {
  /** Assets sent from here, those that are only stored included. */
  readonly upload: number;
  /** Assets copied at the origin. */
  readonly copy: number;
  readonly unchanged: number;
  /** Items sent to edges. */
  readonly invalidate: number;
  /** Bytes sent from here. */
  readonly bytes: number;
  /** Upper bound in US dollars, without the vendors' monthly allowance. */
  readonly invalidationUsd: number;
  /** Bytes of unchanged objects that the items make edges fetch again. */
  readonly evicted: number;
}

/** Everything a run will do, as data; docs/formats.md. */
export interface Plan {
  readonly kind: 'plan';
  readonly format: 1;
  readonly operation: Operation;
  readonly environment: string;
  /** Where a promoted version comes from. */
  readonly from?: { readonly environment: string; readonly version: number };
  /** Only this part of a version that is staged. */
  readonly shard?: Shard;
  /** The live version the plan was made on; 0 before the first one. */
  readonly base: number;
  /** The version that will be live; equal to `base` when nothing but drift is repaired. */
  readonly version: number;
  readonly cdnUrl: string;
  /** sha256 of everything above and below that decides what happens; the same for the same inputs. */
  readonly digest: string;
  readonly summary: PlanSummary;
  readonly warnings: readonly Warning[];
  readonly owed: readonly Owed[];
  /** Only where a budget is too small. */
  readonly stale?: readonly LeftStale[];
  /** sha256 over all files of the version, unchanged ones too, so that the digest tells two such plans apart. */
  readonly wanted: string;
  readonly phases: readonly Phase[];
}
