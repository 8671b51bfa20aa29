import type { AssetClass, Headers } from '../model.ts';
import type { EdgeProvider, Location, OriginProvider } from '../provider/contract.ts';

/** How names get their content hash: `auto` renames nothing, `none` takes every name for stable. */
export type Fingerprint = 'auto' | 'none';

export interface WrittenSource {
  kind: 'directory';
  path: string;
  /** Put before every path of this source. */
  prefix?: string;
  fingerprint?: Fingerprint;
  /** gitignore syntax, relative to the source. */
  ignore?: string[];
}

export interface WrittenHeaderRule {
  /** Glob over logical paths; matches dotfiles too. */
  match: string | string[];
  /** Later rules win, header by header; `null` takes a header away. */
  set: Record<string, string | null>;
}

export interface WrittenClassRule {
  match: string | string[];
  class: AssetClass;
}

/** `use` names a provider (or is one, made by `defineProvider`); the rest are its options. */
export interface WrittenProvider {
  use: string | OriginProvider | EdgeProvider;
  [option: string]: unknown;
}

export type OutputKind = 'dotenv' | 'json' | 'python' | 'github' | 'gitlab' | 'django-manifest';

/** Paths are relative to the configuration file; `variable` is `CDN_URL` unless said. */
export type WrittenOutput =
  | { kind: 'dotenv' | 'json' | 'python' | 'gitlab'; path: string; variable?: string }
  | { kind: 'github'; variable?: string }
  | { kind: 'django-manifest'; path: string };

export interface WrittenLimits {
  /** 0 to 1: share of the live version's files that may change or vanish. */
  changedShare?: number;
  /** At or below this many changed files the share is not checked. */
  floor?: number;
}

export interface WrittenKeep {
  versions?: number;
  days?: number;
}

export interface WrittenEnvironment {
  origin: WrittenProvider;
  /** Where live pointer, manifests and lock are kept; the origin unless said. */
  state?: WrittenProvider;
  edge?: WrittenProvider | WrittenProvider[];
  /** Public base URL; ends in `/`. */
  url: string;
  outputs?: WrittenOutput[];
  limits?: WrittenLimits;
  keep?: WrittenKeep;
  protected?: boolean;
}

/** What people write in waybill.config.*; see docs/configuration.md. */
export interface WrittenConfig {
  $schema?: string;
  /** Names the owner of a location, so that two projects never share one. */
  project?: string;
  sources: WrittenSource[];
  fingerprint?: Fingerprint;
  /** gitignore syntax, for all sources. */
  ignore?: string[];
  /** Which source wins where two claim one path; an error unless said. */
  collisions?: 'error' | 'first' | 'last';
  classes?: WrittenClassRule[];
  headers?: WrittenHeaderRule[];
  environments: Record<string, WrittenEnvironment>;
}

export interface Source {
  readonly kind: 'directory';
  /** Absolute. */
  readonly path: string;
  /** As written, for messages. */
  readonly label: string;
  /** Empty, or ends in `/`. */
  readonly prefix: string;
  readonly fingerprint: Fingerprint;
  readonly ignore: readonly string[];
}

export interface HeaderRule {
  readonly match: readonly string[];
  readonly set: Readonly<Record<string, string | null>>;
}

export interface ClassRule {
  readonly match: readonly string[];
  readonly class: AssetClass;
}

export interface OriginChoice {
  readonly provider: OriginProvider;
  readonly options: unknown;
  readonly location: Location;
}

export interface EdgeChoice {
  readonly provider: EdgeProvider;
  readonly options: unknown;
}

export interface Output {
  readonly kind: OutputKind;
  /** Absolute; absent for `github`. */
  readonly path?: string;
  readonly variable: string;
}

export interface Environment {
  readonly name: string;
  readonly origin: OriginChoice;
  /** The origin's own choice unless configured. */
  readonly state: OriginChoice;
  readonly edges: readonly EdgeChoice[];
  /** Ends in `/`. */
  readonly url: string;
  readonly outputs: readonly Output[];
  readonly limits: { readonly changedShare?: number; readonly floor: number };
  readonly keep: { readonly versions: number; readonly days: number };
  readonly protected: boolean;
}

/** Total and validated: what the rest of Waybill works with. */
export interface Config {
  /** Absolute path of the file. */
  readonly file: string;
  /** Its folder. */
  readonly directory: string;
  readonly project: string;
  readonly sources: readonly Source[];
  readonly ignore: readonly string[];
  readonly collisions: 'error' | 'first' | 'last';
  readonly classes: readonly ClassRule[];
  readonly headers: readonly HeaderRule[];
  readonly environments: ReadonlyMap<string, Environment>;
}

/** Gives `waybill.config.ts` its types. */
export function defineConfig(config: WrittenConfig): WrittenConfig {
  return config;
}

export type { AssetClass, Headers };
