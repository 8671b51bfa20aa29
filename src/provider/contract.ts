import type { Body, Headers } from '../model.ts';

/** Handed to every operation at an origin or edge. */
export interface Call {
  /** Aborts the operation; the rejection is then `signal.reason`. */
  readonly signal: AbortSignal;
  /** Told how many more body bytes have been sent; at least each 16 MiB. */
  readonly onBytes?: (count: number) => void;
  /** Told before each pause of a wait that is no failure, with the milliseconds waited so far. */
  readonly onWait?: (waitedMs: number) => void;
  /** Told when an operation of several requests has come a step further: a page, a batch, a part. */
  readonly onProgress?: () => void;
  /** Runs one request of an operation that has many with retries of its own, so that a large upload need not start anew. */
  readonly again?: <T>(attempt: () => Promise<T>) => Promise<T>;
  /** Throws when this run may write no longer. Asked just before each request that changes what is stored. */
  readonly mayWrite?: () => void;
}

export interface StoredObject {
  readonly key: string;
  readonly size: number;
  /** Opaque, without surrounding quotes or `W/`: equal etags mean that the object was not written in between. */
  readonly etag: string;
}

export interface StoredHead extends StoredObject {
  /** From our own metadata (or proven from the bytes); absent on objects that others wrote. */
  readonly sha256?: string;
  readonly headers: Headers;
}

export interface StoredBody {
  readonly etag: string;
  readonly size: number;
  /** Milliseconds since the object was written, by the origin's own clock (`Date` minus `Last-Modified`). */
  readonly ageMs: number;
  readonly body: AsyncIterable<Uint8Array>;
}

/** What an object shall be, whoever brings the bytes. */
export interface ObjectSpec {
  readonly key: string;
  readonly sha256: string;
  readonly size: number;
  /** All headers; whatever stood there before is replaced as a whole. */
  readonly headers: Headers;
  /** `private` objects (state) never get the public ACL. */
  readonly visibility: 'public' | 'private';
  /** Write only over this etag; `null`: only if nothing is there; absent: whatever is there. */
  readonly ifMatch?: string | null;
}

export interface NewObject extends ObjectSpec {
  readonly body: Body;
}

/** Keys in the half-open range (after, until], of those that start with `prefix`. */
export interface KeyRange {
  readonly prefix: string;
  readonly after?: string;
  readonly until?: string;
}

/** Where a key lies, for copies between origins of one realm. */
export interface CopyPlace {
  /** Equal where one origin's credentials and endpoint reach the other's objects. */
  readonly realm: string;
  readonly bucket: string;
  /** Put before every key. */
  readonly root: string;
}

export interface CopySource {
  readonly key: string;
  readonly etag: string;
  /** Of another origin of the same realm; this one unless said. */
  readonly place?: CopyPlace;
}

export interface OriginTraits {
  /** What a listed etag is a hash of, if it is one at all. */
  readonly listHash: 'md5' | 'crc32c' | 'none';
  /** Whether `after` is cheap, so that a listing can be cut into ranges read side by side. */
  readonly rangedList: boolean;
  /** Operations under way at once. */
  readonly concurrency: number;
  /** Least time between two writes of one key, in milliseconds; 0: no limit. */
  readonly writeIntervalMs: number;
  readonly maxKeyBytes: number;
  readonly maxObjectBytes: number;
  /** Absent where objects of another origin cannot be copied server-side. */
  readonly copyPlace?: CopyPlace;
  /** Header names the store can keep, besides `x-amz-meta-*` and the like; `any` where it keeps all. */
  readonly headers: 'any' | readonly string[];
}

/**
 * An object store. Keys are relative to the environment's prefix; they hold no NUL, CR or LF. Every method rejects with
 * ProviderError and holds no retry loop: the wrappers in this folder retry, limit and count.
 */
export interface Origin {
  readonly name: string;
  readonly traits: OriginTraits;
  /** In UTF-8 byte order, each key once. A prefix without objects lists nothing; a missing bucket is an error. */
  list(range: KeyRange, call: Call): AsyncIterable<StoredObject>;
  /** `undefined` for a missing key (404, never 403). */
  read(key: string, call: Call): Promise<StoredBody | undefined>;
  /** `undefined` for a missing key (404, never 403). */
  head(key: string, call: Call): Promise<StoredHead | undefined>;
  /** Atomic: readers see the old object or the whole new one. Rejects with kind `conflict` when `ifMatch` does not hold. */
  write(object: NewObject, call: Call): Promise<{ etag: string }>;
  /**
   * Server-side copy. The target has the given headers, ACL and encryption, never the source's. `from.key` may equal `to.key` (new
   * headers). `from.place` is only given where both origins have the same realm. Rejects with kind `missing` when the source is gone and `conflict` when it has another etag or `ifMatch` does not hold.
   */
  copy(from: CopySource, to: ObjectSpec, call: Call): Promise<{ etag: string }>;
  /** Missing keys are no error. Rejects if ANY key failed, naming the first ones. */
  remove(keys: readonly string[], call: Call): Promise<void>;
  close?(): Promise<void>;
}

export interface EdgeTraits {
  readonly scopes: readonly ('paths' | 'prefixes' | 'tags' | 'everything')[];
  /** How a path is percent-encoded for this vendor; see src/plan/url.ts. */
  readonly encoding: 'uri' | 'cloudfront';
  /** Paths worth one run; above it the planner falls back to a prefix. */
  readonly maxPaths: number;
  /** What one item costs in US dollars beyond the monthly allowance. */
  readonly price: { readonly perItemUsd: number; readonly freePerMonth: number };
}

export interface InvalidationRequest {
  /** The environment's public URL, ending in `/`. */
  readonly url: string;
  /** URL paths that start with `/`, percent-encoded; a last `*` means everything below. */
  readonly items: readonly string[];
  /** The same for a retry of one call, different for every other call. */
  readonly nonce: string;
}

/** A CDN cache in front of an origin. */
export interface Edge {
  readonly name: string;
  readonly traits: EdgeTraits;
  /** Resolves when the vendor has accepted it, in as many calls as the vendor's limits ask for. */
  invalidate(request: InvalidationRequest, call: Call): Promise<{ id: string }>;
  /** Whether an accepted invalidation has reached the whole edge. Absent: at once. */
  settled?(id: string, call: Call): Promise<boolean>;
  close?(): Promise<void>;
}

/** The surroundings a provider is opened in. */
export interface ProviderContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder of the configuration file; relative paths in options start here. */
  readonly directory: string;
  /** From `--concurrency`; wins over the option. */
  readonly concurrency?: number;
}

/** Where an origin keeps its objects, to find environments that share or nest locations. */
export interface Location {
  /** Names the store: endpoint and bucket, or the absolute folder. */
  readonly store: string;
  /** Without slashes at the ends; empty for the whole store. */
  readonly prefix: string;
}

export interface OriginProvider<Options = unknown> {
  readonly kind: 'origin';
  readonly id: string;
  /** Packages imported by `open`, beyond Node's own. */
  readonly packages: readonly string[];
  /** Throws ConfigError; `path` is where the options stand in the configuration, e.g. `environments.prod.origin`. */
  parse(raw: unknown, path: string): Options;
  locate(options: Options, directory: string): Location;
  /** The edge an origin brings along when none is configured. */
  readonly embeddedEdge?: string;
  open(options: Options, context: ProviderContext): Promise<Origin>;
}

export interface EdgeProvider<Options = unknown> {
  readonly kind: 'edge';
  readonly id: string;
  readonly packages: readonly string[];
  parse(raw: unknown, path: string): Options;
  /** One edge for each distribution that the options name. */
  open(options: Options, context: ProviderContext): Promise<readonly Edge[]>;
}
