import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { catalogs } from '../providers/index.ts';
import { activate as makeLive } from './activate.ts';
import { resolveEnvironment } from './config/environment.ts';
import { loadConfig as loadConfigWith } from './config/load.ts';
import type { Config } from './config/types.ts';
import { deploy as deployVersion, planDeploy } from './deploy.ts';
import { WaybillError } from './errors/errors.ts';
import type { Emit } from './events.ts';
import { currentVariables, describeHost } from './host.ts';
import { invalidate as forget, type Invalidation } from './invalidate.ts';
import type { Manifest } from './model.ts';
import type { PrunePlan, PruneRequest as PruneScope } from './plan/prune-types.ts';
import type { Shard } from './plan/split.ts';
import type { Plan } from './plan/types.ts';
import { type EnvironmentPolicy, readPolicy } from './policy.ts';
import { promote as promoteVersion } from './promote.ts';
import { planPrune, prune as pruneVersions } from './prune.ts';
import type { PruneReceipt, Receipt } from './receipt.ts';
import { rollback as rollBack } from './rollback.ts';
import { openSession, type Session } from './session.ts';
import { readStatus, type Status } from './status.ts';
import { assetUrl } from './url.ts';
import { verified } from './verified.ts';
import type { Verification, VerifiedReceipt } from './verify/types.ts';
import { verify as verifyLive } from './verify.ts';
import { diffVersions, listVersions, showVersion, type VersionDiff, type VersionSummary } from './versions.ts';

export type * from './config/types.ts';
export { defineConfig } from './config/types.ts';
export { type Code, catalog, type ErrorSpec } from './errors/catalog.ts';
export * from './errors/errors.ts';
export type { Emit, Event } from './events.ts';
export type { Invalidation } from './invalidate.ts';
export type * from './model.ts';
export type { Departure, KeptBody, Loss, PruneMode, PrunePlan, RemovedKey } from './plan/prune-types.ts';
export type { Shard } from './plan/split.ts';
export type * from './plan/types.ts';
export type { EnvironmentPolicy } from './policy.ts';
export type * from './provider/contract.ts';
export { defineProvider } from './provider/define-provider.ts';
export type { InvalidationRecord, OutputRecord, PruneReceipt, Receipt, RequestCounts } from './receipt.ts';
export type { Status } from './status.ts';
export type { Problem, ProblemCode, Verification, VerifiedReceipt } from './verify/types.ts';
export { version } from './version.ts';
export type { ExternalChange, VersionDiff, VersionSummary } from './versions.ts';

/** Where a configuration is. */
export interface ConfigPlace {
  /** Where the configuration is looked for, upwards to the repository's root; the working directory unless said. */
  readonly cwd?: string;
  /** Path of the file, relative to `cwd`. */
  readonly config?: string;
}

/** What every function below takes. */
export interface RunOptions extends ConfigPlace {
  /** Name of the environment; WAYBILL_ENV or the only one unless said. */
  readonly env?: string;
  /** What providers and outputs read credentials and CI facts from; `process.env` unless said. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  /** Told what happens; must not throw. */
  readonly onEvent?: Emit;
  /** How long one operation may go on retrying, in milliseconds; 60,000 unless said. */
  readonly retryBudgetMs?: number;
  /** How long to wait for the lock, in milliseconds; 60,000 unless said. */
  readonly lockTimeoutMs?: number;
  readonly concurrency?: number;
}

export interface PlanRequest extends RunOptions {
  /** Skips the listing of the origin. */
  readonly trustManifest?: boolean;
  /** Looks at the headers of every object too, and repairs them. */
  readonly deep?: boolean;
  /** Takes over objects that others wrote; their bodies are kept. */
  readonly adopt?: boolean;
  /** Lifts `limits`. */
  readonly allowLarge?: boolean;
  /** Lets an older commit replace a newer one. */
  readonly allowOlder?: boolean;
}

export interface ApplyRequest {
  readonly message?: string;
  /** Plans anew when another run was faster. */
  readonly replan?: boolean;
  readonly wait?: 'submitted' | 'done';
  /** For `wait: 'done'`, in milliseconds; 600,000 unless said. Then it is a warning. */
  readonly waitTimeoutMs?: number;
  /** Waits for the edges, then verifies; VerificationError carries the receipt when it fails. */
  readonly verify?: boolean;
  /** With `verify`: makes the version before live again when it fails. */
  readonly rollbackOnFailure?: boolean;
  /** Asked once where the environment is protected; without it such a run is refused. */
  readonly confirm?: (plan: Plan) => boolean | Promise<boolean>;
}

export interface DeployRequest extends PlanRequest, ApplyRequest {
  /** Digest of a reviewed plan: apply that one or nothing. */
  readonly expect?: string;
  /** Prepares the version; `activate` makes it live. */
  readonly stage?: boolean;
  /** With `stage`: only part `index` of `count`, from 1, while other machines prepare the others. */
  readonly shard?: Shard;
}

export interface ActivateRequest extends RunOptions, Omit<ApplyRequest, 'replan'> {
  readonly to: number;
  /** Also where another version became live since it was staged. */
  readonly allowOlder?: boolean;
  /** Takes over objects that others wrote; their bodies are kept. */
  readonly adopt?: boolean;
}

export interface PromoteRequest extends Omit<PlanRequest, 'trustManifest'>, ApplyRequest {
  /** Name of the environment that has the version. */
  readonly from: string;
  /** Its version; the live one unless said. */
  readonly version?: number;
  /** Lets files pass that hold the other environment's URL. */
  readonly allowUrl?: boolean;
}

export interface RollbackRequest extends RunOptions, ApplyRequest {
  /** The version to make live; the one before unless said. */
  readonly to?: number;
}

export interface PruneRequest extends RunOptions, PruneScope {
  /** Asked once where the environment is protected; without it such a run is refused. */
  readonly confirm?: (plan: PrunePlan) => boolean | Promise<boolean>;
}

export interface VerifyRequest extends RunOptions {
  /** How many files, or `all`; all entry files and 50 others unless said. */
  readonly sample?: number | 'all';
}

export interface InvalidateRequest extends RunOptions, Pick<ApplyRequest, 'wait' | 'waitTimeoutMs'> {
  /** Logical paths or keys of the live version, URL paths, URLs, or starts of these with a last `*`. */
  readonly paths?: readonly string[];
  /** Everything below CDN_URL, instead of `paths`. */
  readonly all?: boolean;
}

/** Finds, reads and checks the configuration. Throws ConfigError that lists every mistake, and PlanError LOCATION_SHARED. */
export function loadConfig(place: ConfigPlace = {}): Promise<Config> {
  const cwd = resolve(place.cwd ?? '.');
  const file = place.config === undefined ? undefined : resolve(cwd, place.config);
  return loadConfigWith({ file, cwd, catalogs, library: import.meta.url });
}

/** What `deploy` would do; changes nothing. Throws ConfigError, SourceError, PlanError or ProviderError. */
export async function plan(options: PlanRequest = {}): Promise<Plan> {
  const draft = await withSession(options, true, (session) => planDeploy(session, options));
  return draft.plan;
}

/**
 * Collects, compares, uploads, invalidates, makes live and writes the outputs. Throws ConfigError, SourceError, PlanError or
 * ProviderError while nothing is changed, ApplyError with the receipt after that; with `verify`, VerificationError with both.
 */
export function deploy(options: DeployRequest = {}): Promise<Receipt & Partial<VerifiedReceipt>> {
  return withSession(options, false, (session) =>
    verified(deployVersion, session, { ...options, ...toApplyOptions(options) }),
  );
}

/** Makes an older version live again. Throws VERSION_UNKNOWN, NOTHING_LIVE or NOT_RESTORABLE, else as `deploy`. */
export function rollback(options: RollbackRequest = {}): Promise<Receipt & Partial<VerifiedReceipt>> {
  return withSession(options, false, (session) =>
    verified(rollBack, session, { ...options, ...toApplyOptions(options) }),
  );
}

/**
 * Removes what no kept version needs: versions beyond `keep` that were last live more than `olderThanMs` ago, or (`removed`) stable files
 * that the live version no longer names, or (`path`) the files of every version that a glob matches. Throws NOTHING_LIVE or
 * TAKEDOWN_LIVE, else as `deploy`; the receipt of an ApplyError is a PruneReceipt.
 */
export function prune(options: PruneRequest = {}): Promise<PruneReceipt> {
  return withSession(options, false, (session) =>
    pruneVersions(session, {
      ...options,
      waitTimeoutMs: defaultWaitTimeoutMs,
      confirm: async (plan) => refuseUnless(await options.confirm?.(plan), plan.environment),
    }),
  );
}

/** What `prune` would remove; changes nothing. Throws as `prune` does while nothing is changed. */
export function prunePlan(options: RunOptions & PruneScope = {}): Promise<PrunePlan> {
  return withSession(options, true, (session) => planPrune(session, options));
}

/** Makes a staged version live. Throws PLAN_STALE where another became live since it was staged, else as `rollback`. */
export function activate(options: ActivateRequest): Promise<Receipt & Partial<VerifiedReceipt>> {
  return withSession(options, false, (session) =>
    verified(makeLive, session, { ...options, ...toApplyOptions(options) }),
  );
}

/**
 * Makes a version of another environment one of this: the same bytes, under this environment's headers, URL and outputs. Throws
 * URL_BAKED where text files hold the other's URL, else as `deploy`.
 */
export function promote(options: PromoteRequest): Promise<Receipt & Partial<VerifiedReceipt>> {
  return withSession(options, false, async (target) => {
    const environment = resolveEnvironment(target.config, { flag: options.from, env: target.env });
    const source = await openSession({ ...target, environment });
    try {
      const all = { ...options, ...toApplyOptions(options) };
      return await verified((session, wanted: typeof all) => promoteVersion(source, session, wanted), target, all);
    } finally {
      await source.close();
    }
  });
}

/** All versions, the oldest first. Throws ConfigError or ProviderError. */
export function versions(options: RunOptions = {}): Promise<readonly VersionSummary[]> {
  return withSession(options, true, listVersions);
}

/** The manifest of a version, the live one unless said. Throws VERSION_UNKNOWN or NOTHING_LIVE. */
export function show(options: RunOptions & { readonly version?: number } = {}): Promise<Manifest> {
  return withSession(options, true, (session) => showVersion(session, options.version));
}

/** What changed between two versions. Throws VERSION_UNKNOWN. */
export function diff(options: RunOptions & { readonly from: number; readonly to: number }): Promise<VersionDiff> {
  return withSession(options, true, (session) => diffVersions(session, options.from, options.to));
}

/** Live version, lock, owed invalidations, and drift between manifest and origin. */
export function status(options: RunOptions & { readonly deep?: boolean } = {}): Promise<Status> {
  return withSession(options, true, (session) => readStatus(session, { deep: options.deep ?? false }));
}

/**
 * Fetches files of the live version through CDN_URL and compares what comes with the manifest; problems are in the result. Throws
 * NOTHING_LIVE, PROVIDER_UNAVAILABLE when CDN_URL gives no answer, and PLAN_STALE when another version became live meanwhile.
 */
export function verify(options: VerifyRequest = {}): Promise<Verification> {
  const { sample } = options;
  return withSession(options, true, (session) => verifyLive(session, sample === undefined ? {} : { sample }));
}

/** Makes every edge forget paths. Throws UsageError before any edge is told, and ProviderError when one refuses. */
export function invalidate(options: InvalidateRequest): Promise<Invalidation> {
  const { paths = [], all = false, wait = 'submitted', waitTimeoutMs = defaultWaitTimeoutMs } = options;
  return withSession(options, true, (session) => forget(session, { paths, all, wait, waitTimeoutMs }));
}

/** CDN_URL, or the full URL of an asset of the live version. Throws UsageError for an unknown asset. */
export async function url(options: RunOptions & { readonly asset?: string } = {}): Promise<string> {
  const { asset } = options;
  if (asset !== undefined) return await withSession(options, true, (session) => assetUrl(session, asset));
  return resolveEnvironment(await loadConfig(options), toEnvironmentRequest(options)).url;
}

/** The least privilege that the configuration needs at its vendors; opens nothing. Throws ConfigError. */
export async function policy(options: RunOptions = {}): Promise<EnvironmentPolicy> {
  return readPolicy(resolveEnvironment(await loadConfig(options), toEnvironmentRequest(options)));
}

function toEnvironmentRequest({ env, variables }: RunOptions) {
  return { flag: env, env: variables ?? currentVariables() };
}

const defaultTimeoutMs = 60_000;
const defaultWaitTimeoutMs = 600_000;

async function withSession<T>(
  options: RunOptions,
  readonly: boolean,
  run: (session: Session) => Promise<T>,
): Promise<T> {
  const config = await loadConfig(options);
  const session = await openSession({
    config,
    environment: resolveEnvironment(config, toEnvironmentRequest(options)),
    env: options.variables ?? currentVariables(),
    host: describeHost(),
    now: () => new Date(),
    nonce: randomUUID(),
    signal: options.signal ?? new AbortController().signal,
    emit: options.onEvent ?? (() => undefined),
    retryBudgetMs: options.retryBudgetMs ?? defaultTimeoutMs,
    lockTimeoutMs: options.lockTimeoutMs ?? defaultTimeoutMs,
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    readonly,
  });
  try {
    return await run(session);
  } finally {
    await session.close();
  }
}

function toApplyOptions({ wait, waitTimeoutMs, confirm }: ApplyRequest) {
  return {
    wait: wait ?? ('submitted' as const),
    waitTimeoutMs: waitTimeoutMs ?? defaultWaitTimeoutMs,
    confirm: async (made: Plan): Promise<void> => refuseUnless(await confirm?.(made), made.environment),
  };
}

function refuseUnless(isConfirmed: boolean | undefined, environment: string): void {
  if (isConfirmed === true) return;
  throw new WaybillError('PROTECTED', `Environment ${environment} is protected, and the run was not confirmed`, {
    hint: 'Pass `confirm`, a function that looks at the plan and returns true.',
  });
}
