import type { Loss } from './plan/prune-types.ts';
import type { Shard } from './plan/split.ts';
import type { Operation, Owed } from './plan/types.ts';

/** Calls made at the origin and the state location, the lock's included. */
export interface RequestCounts {
  list: number;
  /** GET and HEAD. */
  read: number;
  write: number;
  copy: number;
  remove: number;
}

export interface InvalidationRecord {
  readonly edge: string;
  /** The vendor's ids, joined by a space. */
  readonly id: string;
  readonly items: readonly string[];
}

export interface OutputRecord {
  readonly kind: string;
  readonly path: string;
  readonly changed: boolean;
  /** Why nothing was written, where that is no failure. */
  readonly note?: string;
}

/** What a run did; with `failed`, what it did before that. */
export interface Receipt {
  readonly kind: 'receipt';
  readonly format: 1;
  readonly operation: Operation;
  readonly environment: string;
  /** The live version after the run, the staged one of a run that stages; `null` when there is none. */
  readonly version: number | null;
  /** The version that was live before; `null` when there was none. */
  readonly previous: number | null;
  /** The version is prepared, and not live. */
  readonly staged?: true;
  /** Of a run that stages one part of the version. */
  readonly shard?: Shard & {
    /** Names the stage: the same for all shards of a version. */
    readonly digest: string;
    /** Parts that are in place, this one included, from 1. */
    readonly recorded: readonly number[];
    readonly missing: readonly number[];
  };
  readonly cdnUrl: string;
  readonly uploaded: { readonly files: number; readonly bytes: number };
  readonly copied: number;
  readonly unchanged: number;
  /** Of `unchanged`, the files that only our records vouch for (`--trust-manifest`). */
  readonly trusted?: number;
  /** Stable files that only other versions name and that the origin still has, if there are any; `prune --removed` removes them. */
  readonly stillServed?: number;
  readonly invalidated: readonly InvalidationRecord[];
  readonly owed: readonly Owed[];
  readonly requests: RequestCounts;
  readonly outputs: readonly OutputRecord[];
  readonly warnings: readonly string[];
  readonly durationMs: number;
  /** Only after a failure. */
  readonly failed?: {
    readonly code: string;
    readonly message: string;
    readonly cause?: string;
    readonly notStarted: number;
  };
}

/** What a prune did; with `failed`, what it did before that. */
export interface PruneReceipt {
  readonly kind: 'receipt';
  readonly format: 1;
  readonly operation: 'prune';
  readonly environment: string;
  /** The live version; `null` when none is. */
  readonly version: number | null;
  readonly removed: {
    /** Assets. */
    readonly keys: number;
    /** Kept bodies. */
    readonly objects: number;
    readonly bytes: number;
    readonly versions: readonly number[];
  };
  /** Bodies that were kept before their keys went. */
  readonly copied: number;
  /** Versions that a takedown took files from, those of earlier runs aside. */
  readonly unrestorable: readonly Loss[];
  /** Keys that others have written over; they stay. */
  readonly foreign: readonly string[];
  readonly invalidated: readonly InvalidationRecord[];
  readonly owed: readonly Owed[];
  readonly requests: RequestCounts;
  readonly warnings: readonly string[];
  readonly durationMs: number;
  /** Only after a failure. */
  readonly failed?: {
    readonly code: string;
    readonly message: string;
    /** Keys that are still there although they should not; the first ones. */
    readonly keys: readonly string[];
    readonly notRemoved: number;
  };
}
