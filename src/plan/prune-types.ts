import type { Owed, Warning } from './types.ts';

/** What a prune goes by: the age of versions, what live has left behind, or one pattern in every version. */
export type PruneMode = 'versions' | 'removed' | 'takedown';

/** A version that goes. */
export interface Departure {
  readonly version: number;
  /** `unfinished`: an earlier prune began with it. */
  readonly reason: 'expired' | 'abandoned' | 'staged' | 'unfinished';
  /** ISO 8601: when it stopped being live, was staged, or was made. */
  readonly since: string;
}

/** An object that goes. */
export interface RemovedKey {
  readonly key: string;
  readonly size: number;
}

/** A body that a version which stays needs and that would go with its key: copied to `objects/` first. */
export interface KeptBody extends RemovedKey {
  readonly etag: string;
  readonly sha256: string;
}

/** A version that a takedown takes files from; `paths` are the first ones. */
export interface Loss {
  readonly version: number;
  readonly paths: readonly string[];
  readonly more?: true | undefined;
}

/** Everything a prune will do, as data; docs/formats.md. */
export interface PrunePlan {
  readonly kind: 'prune';
  readonly format: 1;
  readonly environment: string;
  readonly mode: PruneMode;
  /** The live version; 0 when none is. */
  readonly live: number;
  readonly versions: readonly Departure[];
  /** Numbers of the versions that stay. */
  readonly kept: readonly number[];
  /** Assets, sorted by key. */
  readonly keys: readonly RemovedKey[];
  /** Kept bodies, sorted by key. */
  readonly objects: readonly RemovedKey[];
  readonly keeps: readonly KeptBody[];
  /** Documents of what shards have staged, where nobody works on it any more. */
  readonly stages: readonly RemovedKey[];
  /** Chunks that no document names any more. */
  readonly chunks: readonly RemovedKey[];
  /** Of `keys` and `objects`. */
  readonly bytes: number;
  /** Versions that can no longer be restored afterwards, as `live` will say it. */
  readonly unrestorable: readonly Loss[];
  /** What each edge is told once the keys are gone. */
  readonly invalidations: readonly { readonly edge: string; readonly items: readonly string[] }[];
  /** What edges have not been told by earlier runs; paid on the way. */
  readonly owed: readonly Owed[];
  /** Keys that would go, were the object there still ours: others have written over it. They stay. */
  readonly foreign: readonly string[];
  readonly warnings: readonly Warning[];
}

/** What shall be pruned. Without `removed` and `path`: versions, by number and age. */
export interface PruneRequest {
  /** How many versions stay in any case; `keep.versions` unless said. */
  readonly keep?: number;
  /** In milliseconds; `keep.days` unless said. */
  readonly olderThanMs?: number;
  /** Stable files that the live version no longer names, whatever `keep` says. */
  readonly removed?: boolean;
  /** A takedown: a glob over the logical paths and keys of every version. */
  readonly path?: string;
}
