import { platform } from 'node:os';
import { type Collected, collect } from './collect/collect.ts';
import { dropHashCache, HashCache } from './collect/hash-cache.ts';
import { locateHashCache } from './collect/hash-cache-place.ts';
import { readProvenance } from './collect/provenance.ts';
import type { Draft } from './draft.ts';
import { PlanError, SourceError } from './errors/errors.ts';
import { type ExecuteOptions, execute } from './execute.ts';
import { type Allowances, planVersion } from './new-version.ts';
import { observe } from './observe.ts';
import type { Plan } from './plan/types.ts';
import type { Receipt } from './receipt.ts';
import { withReplans } from './replan.ts';
import type { Session } from './session.ts';
import { executeStage } from './stage.ts';

export interface PlanOptions extends Allowances {
  /** Believes the records instead of listing the origin. */
  readonly trustManifest?: boolean;
  /** Prepares the version and leaves what visitors see alone; src/stage.ts. */
  readonly stage?: boolean;
  readonly message?: string;
}

export interface DeployOptions extends PlanOptions, ExecuteOptions {
  /** Digest of the reviewed plan; another plan is refused. */
  readonly expect?: string;
  /** Plans anew, up to three times, where another run came first. */
  readonly replan?: boolean;
}

/** What `deploy` would do. Local files are hashed while the origin is read; nothing is written but the hash cache, and by deploys only. */
export async function planDeploy(session: Session, options: PlanOptions): Promise<Draft> {
  const { config } = session;
  const [collected, source, observation] = await Promise.all([
    collectFiles(session),
    readProvenance(config.directory, session.env),
    observe(session, { list: !options.trustManifest }),
  ]);
  const { assets, lookup } = collected;
  session.emit({ kind: 'collected', files: assets.length, bytes: assets.reduce((sum, asset) => sum + asset.size, 0) });
  const version = {
    operation: options.stage ? ('stage' as const) : ('deploy' as const),
    files: assets.map(({ body: _, ...file }) => file),
    lookup,
    source,
    message: options.message,
    bodies: new Map(assets.map((asset) => [asset.key, asset.body])),
    observation,
    warnings: collected.warnings.map((message) => ({ code: 'SOURCE', message })),
  };
  return await planVersion(session, version, options);
}

/** The hash cache is read by every run and written by deploys only: `plan` promises to write nothing anywhere. */
async function collectFiles(session: Session): Promise<Collected> {
  const { config, environment } = session;
  const place = placeOfHashes(session);
  const hashes =
    place === undefined ? undefined : new HashCache(place, { now: session.now(), isKept: !session.readonly });
  const collected = await collect({
    sources: config.sources,
    directory: config.directory,
    env: session.env,
    ignore: config.ignore,
    collisions: config.collisions,
    classes: config.classes,
    headers: config.headers,
    externals: config.externals,
    edgeInvalidates: environment.edges.length > 0,
    maxKeyBytes: session.origin.traits.maxKeyBytes,
    ...(hashes === undefined ? {} : { hashes }),
    signal: session.signal,
    onProgress: (done) => session.emit({ kind: 'collecting', ...done }),
  });
  hashes?.save(session.nonce);
  return collected;
}

function placeOfHashes({ config, env }: Session): string | undefined {
  return locateHashCache(config, env, platform());
}

/**
 * The main job. Throws ConfigError, SourceError or PlanError before anything is written, ApplyError (with the receipt) after that, and
 * ProviderError when the provider refused the very first write.
 */
export async function deploy(session: Session, options: DeployOptions): Promise<Receipt> {
  return withReplans(options.replan ?? false, () =>
    distrustingHashes(session, async () => {
      const draft = await planDeploy(session, options);
      refuseUnexpected(draft.plan, options.expect);
      return (options.stage ? executeStage : execute)(session, draft, options);
    }),
  );
}

function refuseUnexpected({ environment, digest }: Plan, expected: string | undefined): void {
  if (expected === undefined || expected === digest) return;
  throw new PlanError(
    'PLAN_STALE',
    `The plan for ${environment} is no longer the reviewed one: it has digest ${digest.slice(0, 12)}, and ${expected.slice(0, 12)} was expected. Nothing was changed.`,
    {
      hint: 'Something changed since the review: the source, the configuration, or the origin. Plan and review again.',
    },
  );
}

/** Bytes that are not those of their digest are a file that changed, or a cache that is wrong: the next run reads all files again. */
async function distrustingHashes<T>(session: Session, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    const place = placeOfHashes(session);
    if (place !== undefined && error instanceof SourceError && error.code === 'SOURCE_CHANGED') dropHashCache(place);
    throw error;
  }
}
