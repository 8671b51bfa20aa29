import { platform } from 'node:os';
import { type Collected, collect } from './collect/collect.ts';
import { dropHashCache, HashCache } from './collect/hash-cache.ts';
import { locateHashCache } from './collect/hash-cache-place.ts';
import { readProvenance } from './collect/provenance.ts';
import type { Tagging } from './collect/tagging.ts';
import { type Draft, makeDraft } from './draft.ts';
import { PlanError, SourceError } from './errors/errors.ts';
import { type ExecuteOptions, execute } from './execute.ts';
import { inspect } from './inspect.ts';
import { type Observation, observe } from './observe.ts';
import { sameContent } from './plan/diff.ts';
import type { Receipt } from './receipt.ts';
import type { Session } from './session.ts';
import { tagHeader } from './tags.ts';

export interface PlanOptions {
  /** Believes the records instead of listing the origin. */
  readonly trustManifest?: boolean;
  /** Takes over objects of others at wanted keys. */
  readonly adopt?: boolean;
  /** Lifts `limits`. */
  readonly allowLarge?: boolean;
  readonly message?: string;
}

export interface DeployOptions extends PlanOptions, ExecuteOptions {
  /** Digest of the reviewed plan; another plan is refused. */
  readonly expect?: string;
  /** Plans anew, up to three times, where another run came first. */
  readonly replan?: boolean;
}

export type { Draft };

/** What `deploy` would do. Local files are hashed while the origin is read; nothing is written but the hash cache, and by deploys only. */
export async function planDeploy(session: Session, options: PlanOptions): Promise<Draft> {
  const { config, environment } = session;
  const [collected, source, observation] = await Promise.all([
    collectFiles(session),
    readProvenance(config.directory, session.env),
    observe(session, { list: !options.trustManifest }),
  ]);
  const { assets, lookup } = collected;
  session.emit({ kind: 'collected', files: assets.length, bytes: assets.reduce((sum, asset) => sum + asset.size, 0) });
  const files = assets.map(({ body: _, ...file }) => file);
  const inspection = await inspect(session, observation, files, { adopt: options.adopt ?? false });
  const { live, applying } = observation;
  const isSame = (version: typeof live): version is NonNullable<typeof live> =>
    version !== undefined && version.cdnUrl === environment.url && sameContent(version, { files, ...lookup });
  const existing = isSame(live) ? live : isSame(applying) ? applying : undefined;
  const draft = makeDraft(session, {
    operation: 'deploy',
    version: existing?.version ?? nextVersion(observation),
    files,
    lookup,
    source,
    message: options.message,
    bodies: new Map(assets.map((asset) => [asset.key, asset.body])),
    existing,
    observation,
    inspection,
    adopt: options.adopt ?? false,
    allowLarge: options.allowLarge ?? false,
    warnings: collected.warnings.map((message) => ({ code: 'SOURCE', message })),
  });
  session.emit({ kind: 'planned', plan: draft.plan });
  return draft;
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
    tagging: { headers: taggingOf(session), url: environment.url },
    maxKeyBytes: session.origin.traits.maxKeyBytes,
    ...(hashes === undefined ? {} : { hashes }),
    signal: session.signal,
    onProgress: (done) => session.emit({ kind: 'collecting', ...done }),
  });
  hashes?.save(session.nonce);
  return collected;
}

/** One header for each way in which the edges want tags. */
function taggingOf({ edges, origin }: Session): Tagging[] {
  const taggings = edges.flatMap(({ traits: { tagging } }) =>
    tagging ? [{ ...tagging, header: tagHeader(tagging.header, origin.traits.headers) }] : [],
  );
  return [...new Map(taggings.map((one) => [one.header, one])).values()];
}

function placeOfHashes({ config, env }: Session): string | undefined {
  return locateHashCache(config, env, platform());
}

function nextVersion({ state }: Observation): number {
  return state?.live.next ?? 1;
}

/**
 * The main job. Throws ConfigError, SourceError or PlanError before anything is written, ApplyError (with the receipt) after that, and
 * ProviderError when the provider refused the very first write.
 */
export async function deploy(session: Session, options: DeployOptions): Promise<Receipt> {
  return withReplans(options.replan ?? false, () =>
    distrustingHashes(session, async () => {
      const draft = await planDeploy(session, options);
      const { digest } = draft.plan;
      if (options.expect !== undefined && options.expect !== digest) {
        throw new PlanError(
          'PLAN_STALE',
          `The plan for ${draft.plan.environment} is no longer the reviewed one: it has digest ${digest.slice(0, 12)}, and ${options.expect.slice(0, 12)} was expected. Nothing was changed.`,
          {
            hint: 'Something changed since the review: the source, the configuration, or the origin. Plan and review again.',
          },
        );
      }
      return execute(session, draft, options);
    }),
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

const mostReplans = 3;

/** Runs `attempt` again when the plan went stale before anything was written. */
export async function withReplans<T>(replan: boolean, attempt: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      const isStale = error instanceof PlanError && error.code === 'PLAN_STALE';
      if (!replan || !isStale || tries === mostReplans) throw error;
    }
  }
}
