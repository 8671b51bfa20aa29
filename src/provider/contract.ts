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
  /** Operations under way at once, at most. */
  readonly concurrency: number;
  /** How many to begin with; more are tried as long as they bring more operations or bytes a second. Absent: all at once. */
  readonly startConcurrency?: number;
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
  /** The same page by page, as the store hands it out. Worth having where listings are long: each step of an iteration costs more than a key. */
  listPages?(range: KeyRange, call: Call): AsyncIterable<readonly StoredObject[]>;
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

/** What one item names: a URL, all URLs that begin alike, all objects that carry a tag, or all that the edge holds for the site. */
export type InvalidationScope = 'paths' | 'prefixes' | 'tags' | 'everything';

/** What the planner must know of an edge; what is absent has the value said. Rates are the provider's own affair: it waits. */
export interface EdgeTraits {
  /** What `invalidate` takes. `tags` stands here only where `tagging` does. The planner never chooses `everything`. */
  readonly scopes: readonly InvalidationScope[];
  /** How a path is percent-encoded for this vendor; see src/plan/url.ts. */
  readonly encoding: 'uri' | 'cloudfront';
  /** Most paths worth one run; the planner stays below with prefixes, where the edge takes them. */
  readonly maxPaths: number;
  /** Most prefixes in one run; as many as paths unless said. */
  readonly maxPrefixes?: number;
  /** Most tags in one run; as many as paths unless said. */
  readonly maxTags?: number;
  /**
   * What `/app*` evicts. `anywhere` (unless said): all that begins with it, `/apple.css` too. `segment`: `/app` and what is below `/app/`,
   * so a prefix ends where a name ends. Both evict every query string.
   */
  readonly prefixEnd?: 'anywhere' | 'segment';
  /**
   * `ignored` (unless said): the edge leaves query strings out of its cache key, or a path evicts all of them. `cached`: a path evicts the
   * URL without a query string only, so the planner names `path*` or a tag instead.
   */
  readonly queryStrings?: 'ignored' | 'cached';
  /** There where objects shall carry tags, because the edge was told to use them. */
  readonly tagging?: {
    /** Lower case, `surrogate-key` or `cache-tag`; an origin that cannot store it stores it as its own metadata, `x-amz-meta-surrogate-key`. */
    readonly header: string;
    readonly separator: ' ' | ',';
  };
  /** What one item costs in US dollars beyond the monthly allowance; a prefix or a tag is one item. */
  readonly price: { readonly perItemUsd: number; readonly freePerMonth: number };
}

export interface InvalidationRequest {
  /** The environment's public URL, ending in `/`. */
  readonly url: string;
  /**
   * A URL path starts with `/` and is percent-encoded, a literal `*` too; with a last `*` it is a prefix. `#name` is a tag, `*` alone is
   * everything. src/provider/items.ts sorts them.
   */
  readonly items: readonly string[];
  /** The same for a retry of one call, different for every other call. */
  readonly nonce: string;
}

/** A CDN cache in front of an origin. */
export interface Edge {
  readonly name: string;
  readonly traits: EdgeTraits;
  /** Asked before a run writes anything: throws ProviderError `auth` where credentials are missing that `invalidate` will need. No request. */
  ready?(): void;
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

/** What the credentials must be allowed, for a person to hand to the vendor. */
export interface PolicyDocument {
  readonly title: string;
  readonly format: 'json' | 'text';
  readonly body: string;
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
  /** The least privilege for exactly the calls that these options lead to; pure. Absent: the provider needs none. */
  policy?(options: Options): PolicyDocument[];
  open(options: Options, context: ProviderContext): Promise<Origin>;
}

export interface EdgeProvider<Options = unknown> {
  readonly kind: 'edge';
  readonly id: string;
  readonly packages: readonly string[];
  parse(raw: unknown, path: string): Options;
  /** The least privilege for exactly the calls that these options lead to; pure. Absent: the provider needs none. */
  policy?(options: Options): PolicyDocument[];
  /** One edge for each distribution that the options name. */
  open(options: Options, context: ProviderContext): Promise<readonly Edge[]>;
}
