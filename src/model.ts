/** How a key's bytes may change from version to version; see docs/glossary.md. */
export type AssetClass = 'immutable' | 'mutable' | 'entry';

/** Response headers as they are stored: lower-case names, sorted by name. */
export type Headers = Readonly<Record<string, string>>;

/** One file of a version, as its manifest records it. */
export interface ManifestFile {
  /** Logical path with `/`, e.g. `app1/style.css`. */
  readonly path: string;
  /** Name at the origin, relative to the environment's prefix. */
  readonly key: string;
  /** Lower-case hex digest of the stored bytes. */
  readonly sha256: string;
  /** Bytes stored. */
  readonly size: number;
  readonly class: AssetClass;
  readonly headers: Headers;
}

/** Bytes that can be opened again and again, so that a retry starts at byte zero. */
export interface Body {
  readonly size: number;
  readonly sha256: string;
  /** Absolute path of a file with these bytes, for whoever is quicker without us; they may have changed since, so compare the sha256. */
  readonly file?: string;
  /** The whole body. Throws SOURCE_CHANGED when the bytes are no longer those of `sha256`. */
  bytes(): Promise<Uint8Array>;
  /**
   * Consecutive chunks of exactly `sizeBytes` (the last one shorter; an empty body yields none), each a buffer of its own.
   * Throws SOURCE_CHANGED instead of ending when the bytes are no longer those of `sha256`, so whoever
   * finishes the loop has written what was planned.
   */
  chunks(sizeBytes: number): AsyncIterable<Uint8Array>;
}

/** A collected file: what the manifest will record, and its bytes. */
export interface Asset extends ManifestFile {
  readonly body: Body;
}

/** Where a version was built from. Every field may be unknown outside of git and CI. */
export interface Provenance {
  readonly commit?: string;
  readonly branch?: string;
  readonly dirty?: boolean;
  /** ISO 8601. */
  readonly commitTime?: string;
  readonly runUrl?: string;
}

/** A copy of a file at a public CDN. */
export interface External {
  readonly url: string;
  /** Digests as in HTML's `integrity`. */
  readonly integrity?: string;
}

/** What logical paths mean beyond the paths that the files carry themselves. */
export interface Lookup {
  /** Key by logical path, where the file at that key carries another path: two files with equal bytes may share a hashed name. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** By logical path; these are no files of ours. */
  readonly externals?: Readonly<Record<string, External>>;
  /** `major.minor` of the Django whose rules made hashed names. */
  readonly djangoVersion?: string;
}

/** The complete list of one version's files; written once, never changed. */
export interface Manifest extends Lookup {
  readonly format: 1;
  readonly project: string;
  readonly environment: string;
  readonly version: number;
  readonly message?: string;
  readonly source: Provenance;
  readonly cdnUrl: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Sorted by key in UTF-8 byte order. */
  readonly files: readonly ManifestFile[];
}
