import type { Collected } from './collect/collect.ts';
import type { KnownCollection } from './collect/collection-cache.ts';
import { readProvenance } from './collect/provenance.ts';
import { Collection, forgetCollected } from './collection.ts';
import type { Draft } from './draft.ts';
import { PlanError, SourceError } from './errors/errors.ts';
import { type ExecuteOptions, execute } from './execute.ts';
import { pickLookup } from './lookup.ts';
import type { Asset, Manifest, ManifestFile } from './model.ts';
import { type Allowances, type NewVersion, planVersion } from './new-version.ts';
import { observe } from './observe.ts';
import type { Shard } from './plan/split.ts';
import type { Plan, Step, Warning } from './plan/types.ts';
import { digestWanted } from './plan/wanted.ts';
import { sha256Hex } from './provider/bytes.ts';
import type { Receipt } from './receipt.ts';
import { withReplans } from './replan.ts';
import type { Session } from './session.ts';
import { executeShard } from './shard.ts';
import { executeStage } from './stage.ts';

export interface PlanOptions extends Allowances {
  /** Believes the records instead of listing the origin. */
  readonly trustManifest?: boolean;
  /** Prepares the version and leaves what visitors see alone; src/stage.ts. */
  readonly stage?: boolean;
  /** With `stage`: only this part; src/shard.ts. */
  readonly shard?: Shard;
  readonly message?: string;
}

export interface DeployOptions extends PlanOptions, ExecuteOptions {
  /** Digest of the reviewed plan; another plan is refused. */
  readonly expect?: string;
  /** Plans anew, up to three times, where another run came first. */
  readonly replan?: boolean;
}

/** What `deploy` would do. Local files are hashed while the origin is read; nothing is written but caches, and by deploys only. */
export async function planDeploy(session: Session, options: PlanOptions): Promise<Draft> {
  const collection = new Collection(session);
  const reading = recallOrRead(collection);
  const [first, source, observation] = await Promise.all([
    reading,
    readProvenance(session.config.directory, session.env),
    observe(session, { list: !options.trustManifest || options.deep === true, likely: filesOf(reading) }),
  ]);
  const operation = options.stage ? ('stage' as const) : ('deploy' as const);
  const part = options.shard === undefined ? {} : { shard: options.shard };
  const facts = { operation, source, message: options.message, observation, ...part };
  const plan: Planner = (version) => planVersion(session, { ...facts, ...version }, options);
  if (!('wanted' in first)) return draftRead(session, collection, first, plan);
  const recalled = await draftRecalled(session, collection, first, { live: observation.live, plan });
  return recalled ?? (await draftRead(session, collection, await readAll(collection), plan));
}

type Planner = (version: Pick<NewVersion, 'files' | 'lookup' | 'bodies' | 'warnings'>) => Promise<Draft>;

/** What was collected, as manifests have it. */
interface Read extends Collected {
  readonly files: readonly ManifestFile[];
}

async function recallOrRead(collection: Collection): Promise<KnownCollection | Read> {
  return (await collection.recall()) ?? readAll(collection);
}

async function readAll(collection: Collection): Promise<Read> {
  const collected = await collection.read();
  return { ...collected, files: collected.assets.map(withoutBody) };
}

/** `undefined` where nothing was read, or it failed, of which others tell. */
function filesOf(reading: Promise<KnownCollection | Read>): Promise<readonly ManifestFile[] | undefined> {
  return reading.then(
    (first) => ('files' in first ? first.files : undefined),
    () => undefined,
  );
}

/** Where the live version is what these files came to before, and no bytes of theirs are needed, none is read. */
async function draftRecalled(
  session: Session,
  collection: Collection,
  { wanted, warnings }: KnownCollection,
  { live, plan }: { readonly live: Manifest | undefined; readonly plan: Planner },
): Promise<Draft | undefined> {
  if (live === undefined) return undefined;
  const { files } = live;
  const lookup = pickLookup(live);
  if (digestWanted(files, lookup, sha256Hex) !== wanted) return undefined;
  tellCollected(session, files);
  // What is refused here is refused again once all is read, if it is so.
  const draft = await plan({ files, lookup, bodies: new Map(), warnings: toWarnings(warnings) }).catch(() => undefined);
  session.signal.throwIfAborted();
  const needsBytes = ({ kind }: Step) => kind === 'upload' || kind === 'store';
  if (draft === undefined || draft.plan.phases.some(({ steps }) => steps.some(needsBytes))) return undefined;
  return (await collection.isAsFound()) ? draft : undefined;
}

async function draftRead(
  session: Session,
  collection: Collection,
  { assets, files, lookup, warnings }: Read,
  plan: Planner,
): Promise<Draft> {
  tellCollected(session, assets);
  const bodies = new Map(assets.map((asset) => [asset.key, asset.body]));
  const draft = await plan({ files, lookup, bodies, warnings: toWarnings(warnings) });
  await collection.keep({ wanted: draft.plan.wanted, warnings });
  return draft;
}

/** Field by field: spreading takes several times as long, for as many objects as there are. */
function withoutBody({ path, key, sha256, size, class: assetClass, headers }: Asset): ManifestFile {
  return { path, key, sha256, size, class: assetClass, headers };
}

function toWarnings(messages: readonly string[]): Warning[] {
  return messages.map((message) => ({ code: 'SOURCE', message }));
}

function tellCollected(session: Session, files: readonly { readonly size: number }[]): void {
  session.emit({ kind: 'collected', files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) });
}

/**
 * The main job. Throws ConfigError, SourceError or PlanError before anything is written, ApplyError (with the receipt) after that, and
 * ProviderError when the provider refused the very first write.
 */
export async function deploy(session: Session, options: DeployOptions): Promise<Receipt> {
  return withReplans(options.replan ?? false, () =>
    distrustingCaches(session, async () => {
      const draft = await planDeploy(session, options);
      refuseUnexpected(draft.plan, options.expect);
      if (options.shard) return executeShard(session, draft, options.shard, options);
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
async function distrustingCaches<T>(session: Session, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof SourceError && error.code === 'SOURCE_CHANGED') forgetCollected(session);
    throw error;
  }
}
