import type { AssetClass, External, Headers } from '../model.ts';
import type { EdgeProvider, Location, OriginProvider } from '../provider/contract.ts';

/** How names get their content hash: `auto` renames nothing, `none` takes every name for stable, `django` adds Django's hashed names. */
export type Fingerprint = 'auto' | 'none' | 'django';

/** How `fingerprint: 'django'` works; see docs/django.md. */
export interface WrittenDjangoRules {
  /** Whose rules, `3.2` to `6.1`; the one that is found, else 5.2. */
  djangoVersion?: string;
  /** STATIC_URL, which decides what references that start with `/` mean; the settings' own, else `/static/`. */
  staticUrl?: string;
  /** Rewrites imports of JavaScript modules, as `support_js_module_import_aggregation` does. */
  jsModules?: boolean;
  /** Keeps references that name nothing, with a warning. */
  lenient?: boolean;
  /** Whether files are deployed under their own names too; they are unless said. */
  keepOriginals?: boolean;
}

export interface WrittenDirectorySource extends WrittenDjangoRules {
  kind: 'directory';
  path: string;
  /** Put before every path of this source. */
  prefix?: string;
  fingerprint?: Fingerprint;
  /** gitignore syntax, relative to the source. */
  ignore?: string[];
}

/** Needs `manage`, `dirs` or `apps`. */
export interface WrittenDjangoSource extends WrittenDjangoRules {
  kind: 'django';
  /** manage.py of a project whose own finders are asked. */
  manage?: string;
  /** The project's Python; its virtual environment unless said. */
  python?: string;
  /** Settings module; what manage.py sets unless said. */
  settings?: string;
  /** As STATICFILES_DIRS: folders, with a prefix or without. */
  dirs?: (string | { path: string; prefix?: string })[];
  /** Folders of applications, each with a folder `static`, in the order of INSTALLED_APPS. */
  apps?: string[];
  prefix?: string;
  fingerprint?: Fingerprint;
  /** Patterns as of `collectstatic --ignore`. */
  ignore?: string[];
  /** Whether `CVS`, `.*` and `*~` are left out; they are unless said. */
  defaultIgnore?: boolean;
}

export type WrittenSource = WrittenDirectorySource | WrittenDjangoSource;

/** Where a public CDN has a copy of a file; `integrity` as in HTML. */
export type WrittenExternal = string | { url: string; integrity?: string };

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
  /** 0 to 1: share of the live version's files that may vanish. */
  removedShare?: number;
  /** At or below this many files the shares are not checked. */
  floor?: number;
  /** Most bytes of one file: a number, or text as `25 MB`. */
  fileSize?: number | string;
  /** Most bytes of all files together. */
  totalSize?: number | string;
  /** Globs over logical paths; each must match a file of the version. */
  required?: string[];
}

export interface WrittenInvalidation {
  /** Most of one run over all edges; what it cannot pay for stays stale, and the plan says so. */
  budget?: { usd?: number; items?: number };
  /** What it counts for, in US dollars, that an edge must fetch a gigabyte of unchanged files again; 0.09 unless said. */
  refillUsdPerGB?: number;
  /** Runs that share a month's free items; 30 unless said. */
  runsPerMonth?: number;
}

export interface WrittenKeep {
  versions?: number;
  days?: number;
  staged?: number;
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
  invalidation?: WrittenInvalidation;
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
  /** Logical paths that a public CDN serves; they are not uploaded. */
  externals?: Record<string, WrittenExternal>;
  environments: Record<string, WrittenEnvironment>;
}

/** How Django's names are made; what is absent, the project's settings or the defaults say. */
export interface DjangoRules {
  /** `major.minor`. */
  readonly version?: string;
  readonly staticUrl?: string;
  readonly jsModules?: boolean;
  readonly lenient: boolean;
  readonly keepOriginals: boolean;
}

interface CommonSource {
  /** Absolute: the folder, or the one that a Django project's paths start at. */
  readonly path: string;
  /** As written, for messages. */
  readonly label: string;
  /** Empty, or ends in `/`. */
  readonly prefix: string;
  readonly fingerprint: Fingerprint;
  readonly ignore: readonly string[];
  /** There where the fingerprint is `django`. */
  readonly rules?: DjangoRules;
}

export interface DirectorySource extends CommonSource {
  readonly kind: 'directory';
}

export interface DjangoSource extends CommonSource {
  readonly kind: 'django';
  readonly defaultIgnore: boolean;
  /** The project whose own finders are asked first. */
  readonly project?: {
    /** Absolute path of manage.py. */
    readonly manage: string;
    /** Absolute, or the name of a command. */
    readonly python?: string;
    readonly settings?: string;
  };
  /** Absolute paths; a prefix is empty or ends in `/`. */
  readonly dirs: readonly { readonly path: string; readonly prefix: string; readonly label: string }[];
  /** Folders that may hold a folder `static`. */
  readonly apps: readonly { readonly path: string; readonly label: string }[];
}

export type Source = DirectorySource | DjangoSource;

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

/** What a plan may not exceed; what is absent has no limit. */
export interface Limits {
  readonly changedShare?: number;
  readonly removedShare?: number;
  readonly floor: number;
  /** Bytes. */
  readonly fileSize?: number;
  /** Bytes. */
  readonly totalSize?: number;
  readonly required: readonly string[];
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
  readonly limits: Limits;
  readonly invalidation: {
    readonly budget: { readonly usd?: number; readonly items?: number };
    readonly refillUsdPerGB: number;
    readonly runsPerMonth: number;
  };
  readonly keep: { readonly versions: number; readonly days: number; readonly staged: number };
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
  /** By logical path. */
  readonly externals: ReadonlyMap<string, External>;
  readonly environments: ReadonlyMap<string, Environment>;
}

/** Gives `waybill.config.ts` its types. */
export function defineConfig(config: WrittenConfig): WrittenConfig {
  return config;
}

export type { AssetClass, Headers };
