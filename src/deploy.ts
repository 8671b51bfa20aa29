import type { Collected } from './collect/collect.ts';
import type { KnownCollection } from './collect/collection-cache.ts';
import { readProvenance } from './collect/provenance.ts';
import { Collection, forgetCollected } from './collection.ts';
import { type Draft, makeDraft } from './draft.ts';
import { PlanError, SourceError } from './errors/errors.ts';
import { type ExecuteOptions, execute } from './execute.ts';
import { inspect } from './inspect.ts';
import { pickLookup } from './lookup.ts';
import type { Asset, ManifestFile, Provenance } from './model.ts';
import { type Observation, observe } from './observe.ts';
import { sameContent } from './plan/diff.ts';
import { digestWanted } from './plan/wanted.ts';
import { sha256Hex } from './provider/bytes.ts';
import type { Receipt } from './receipt.ts';
import type { Session } from './session.ts';

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

/** What `deploy` would do. Local files are hashed while the origin is read; nothing is written but caches, and by deploys only. */
export async function planDeploy(session: Session, options: PlanOptions): Promise<Draft> {
  const collection = new Collection(session);
  const [first, source, observation] = await Promise.all([
    recallOrRead(collection),
    readProvenance(session.config.directory, session.env),
    observe(session, { list: !options.trustManifest }),
  ]);
  const facts = { source, observation, options };
  const recalled = 'wanted' in first ? await draftRecalled(session, collection, first, facts) : undefined;
  const collected = 'wanted' in first ? () => collection.read() : () => first;
  const draft = recalled ?? (await draftRead(session, collection, await collected(), facts));
  session.emit({ kind: 'planned', plan: draft.plan });
  return draft;
}

async function recallOrRead(collection: Collection): Promise<KnownCollection | Collected> {
  return (await collection.recall()) ?? (await collection.read());
}

interface Facts {
  readonly source: Provenance;
  readonly observation: Observation;
  readonly options: PlanOptions;
}

/** Where the live version is what these files came to before, and no bytes of theirs are needed, none is read. */
async function draftRecalled(
  session: Session,
  collection: Collection,
  { wanted, warnings }: KnownCollection,
  facts: Facts,
): Promise<Draft | undefined> {
  const { live } = facts.observation;
  if (live === undefined) return undefined;
  const { files } = live;
  const lookup = pickLookup(live);
  if (digestWanted(files, lookup, sha256Hex) !== wanted) return undefined;
  tellCollected(session, files);
  const draft = await draftVersion(session, { files, lookup, warnings, bodies: new Map() }, facts);
  const isSent = draft.plan.phases.some(({ steps }) => steps.some((step) => step.kind === 'upload'));
  return !isSent && (await collection.isAsFound()) ? draft : undefined;
}

async function draftRead(
  session: Session,
  collection: Collection,
  { assets, lookup, warnings }: Collected,
  facts: Facts,
): Promise<Draft> {
  tellCollected(session, assets);
  const files = assets.map(withoutBody);
  const bodies = new Map(assets.map((asset) => [asset.key, asset.body]));
  const draft = await draftVersion(session, { files, lookup, warnings, bodies }, facts);
  await collection.keep({ wanted: draft.plan.wanted, warnings });
  return draft;
}

/** Field by field: spreading takes several times as long, for as many objects as there are. */
function withoutBody({ path, key, sha256, size, class: assetClass, headers }: Asset): ManifestFile {
  return { path, key, sha256, size, class: assetClass, headers };
}

function tellCollected(session: Session, files: readonly { readonly size: number }[]): void {
  session.emit({ kind: 'collected', files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) });
}

async function draftVersion(
  session: Session,
  version: Pick<Draft, 'files' | 'lookup' | 'bodies'> & { readonly warnings: readonly string[] },
  { source, observation, options }: Facts,
): Promise<Draft> {
  const { files, lookup, bodies } = version;
  const inspection = await inspect(session, observation, files, { adopt: options.adopt ?? false });
  const { live, applying } = observation;
  const isSame = (one: typeof live): one is NonNullable<typeof live> =>
    one !== undefined && one.cdnUrl === session.environment.url && sameContent(one, { files, ...lookup });
  const existing = isSame(live) ? live : isSame(applying) ? applying : undefined;
  return makeDraft(session, {
    operation: 'deploy',
    version: existing?.version ?? nextVersion(observation),
    files,
    lookup,
    source,
    message: options.message,
    bodies,
    existing,
    observation,
    inspection,
    adopt: options.adopt ?? false,
    allowLarge: options.allowLarge ?? false,
    warnings: version.warnings.map((message) => ({ code: 'SOURCE', message })),
  });
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
    distrustingCaches(session, async () => {
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
async function distrustingCaches<T>(session: Session, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof SourceError && error.code === 'SOURCE_CHANGED') forgetCollected(session);
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
