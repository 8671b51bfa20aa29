import { setImmediate } from 'node:timers/promises';
import picomatch from 'picomatch';
import { PlanError, UsageError } from './errors/errors.ts';
import { isHistoryCut, type Live } from './manifest/live.ts';
import { listStages } from './manifest/stages.ts';
import { type LiveState, listVersionNumbers, readManifest } from './manifest/store.ts';
import type { Manifest } from './model.ts';
import { type Observation, observe } from './observe.ts';
import { findOldChunks, withoutYoung } from './old-chunks.ts';
import { Marks, type NamedKey, Takedown } from './plan/marks.ts';
import { findCandidates, planPrune, type Standing } from './plan/prune.ts';
import type { Departure, PruneMode, PrunePlan, PruneRequest, RemovedKey } from './plan/prune-types.ts';
import { makeRetention, type RetentionPolicy } from './plan/retention.ts';
import type { Session } from './session.ts';
import { hasManifest, readStages, readStagesUnderWay, type StageView } from './stages.ts';

/** A plan, and what it was made from. */
export interface PruneDraft {
  readonly plan: PrunePlan;
  readonly state: LiveState;
  readonly inventory: Observation['inventory'];
}

const dayMs = 24 * 60 * 60 * 1000;

/** What `prune` would do; reads only. Throws NOTHING_LIVE, TAKEDOWN_LIVE, USAGE for a pattern that nothing matches, and what `observe` throws. */
export async function surveyPrune(session: Session, request: PruneRequest): Promise<PruneDraft> {
  const observation = await observe(session, { list: true });
  const { state, listing = new Map(), inventory } = observation;
  const { name, url } = session.environment;
  if (!state) {
    throw new PlanError('NOTHING_LIVE', `Nothing was deployed to ${name} yet`, { hint: 'There is nothing to prune.' });
  }
  const mode: PruneMode = request.path !== undefined ? 'takedown' : request.removed === true ? 'removed' : 'versions';
  const numbers = await listVersionNumbers(session.state, session.call);
  const underWay = await readStagesUnderWay(session, state.live);
  const manifests = (): AsyncIterable<Manifest> => readManifests(session, observation, numbers);
  const takedown = request.path === undefined ? undefined : await findTakedown(request.path, manifests);
  const retention =
    mode === 'versions'
      ? makeRetention(state.live, numbers, policyOf(session, request, state, underWay))
      : () => undefined;
  const marked = await mark(state, manifests(), takedown, retention);
  const candidates = findCandidates(mode, marked.marks, takedown);
  const plan = planPrune({
    mode,
    environment: name,
    cdnUrl: url,
    live: state.live.version,
    owed: state.live.owed,
    ...marked,
    stages: mode === 'versions' ? await findOldStages(session, state.live, marked) : [],
    chunks: mode === 'versions' ? await withoutYoung(session, await findOldChunks(session, marked.kept)) : [],
    takedown,
    unrestorable: state.live.unrestorable ?? [],
    ...(await proveOurs(session, observation, candidates)),
    listing,
    inventory,
    edges: session.edges,
    invalidation: session.environment.invalidation,
  });
  return { plan, state, inventory };
}

function policyOf(
  { environment, now }: Session,
  request: PruneRequest,
  { live }: LiveState,
  underWay: readonly StageView[],
): RetentionPolicy {
  const { keep } = environment;
  return {
    versions: request.keep ?? keep.versions,
    olderThanMs: request.olderThanMs ?? keep.days * dayMs,
    stagedMs: keep.staged * dayMs,
    staging: new Map(underWay.map(({ stage }) => [stage.version, stage.at])),
    now: now().getTime(),
    isHistoryCut: isHistoryCut(live),
  };
}

/** Documents of stages that nobody works on: their versions were live, go, or are gone. */
async function findOldStages(
  session: Session,
  live: Live,
  { versions, kept }: { readonly versions: readonly Departure[]; readonly kept: readonly number[] },
): Promise<RemovedKey[]> {
  const going = new Set(versions.map(({ version }) => version));
  const [{ keys }, stages] = await Promise.all([listStages(session.state, session.call), readStages(session, live)]);
  const isWorkedOn = async ({ stage: { version }, isSpent }: StageView): Promise<boolean> =>
    !isSpent && !going.has(version) && (kept.includes(version) || (await hasManifest(session, version)));
  const answers = await Promise.all(stages.map(isWorkedOn));
  const worked = stages.filter((_, index) => answers[index]);
  const stays = new Set(worked.map(({ digest }) => digest));
  return keys.filter(({ digest }) => !stays.has(digest)).map(({ key, size }) => ({ key, size }));
}

/** One after the other: each may have 100,000 rows. */
async function* readManifests(
  session: Session,
  { live, applying }: Observation,
  numbers: readonly number[],
): AsyncIterable<Manifest> {
  for (const number of numbers) {
    const read = [live, applying].find((one) => one?.version === number);
    const manifest = read ?? (await readManifest(session.state, number, session.call));
    // Parsing takes long and never waits; a lock that is held meanwhile must come to be renewed.
    await setImmediate();
    if (manifest) yield manifest;
  }
}

async function findTakedown(pattern: string, manifests: () => AsyncIterable<Manifest>): Promise<Takedown> {
  // A name may hold what a glob takes for its own: `a[1].txt` is meant as it is where there is such a file.
  const ways = [(name: string) => name === pattern, picomatch(pattern, { dot: true, windows: false })];
  for (const matches of ways) {
    const takedown = new Takedown(matches);
    for await (const manifest of manifests()) takedown.add(manifest);
    if (takedown.keys.size > 0) return takedown;
  }
  throw new UsageError('USAGE', `--path: no version has a file that ${JSON.stringify(pattern)} matches.`, {
    hint: 'It is a glob over logical paths and keys, as in `docs/**/*.pdf`; `waybill show N` lists those of a version.',
  });
}

async function mark(
  { live }: LiveState,
  manifests: AsyncIterable<Manifest>,
  takedown: Takedown | undefined,
  retention: (version: number, createdAt: string) => Departure | undefined,
): Promise<{ marks: Marks; versions: Departure[]; kept: number[] }> {
  const marks = new Marks(takedown);
  const versions: Departure[] = [];
  const kept: number[] = [];
  for await (const manifest of manifests) {
    const { version, createdAt } = manifest;
    const departure = retention(version, createdAt);
    if (departure) versions.push(departure);
    else kept.push(version);
    const isServed = version === live.version || version === live.applying?.version;
    marks.add(manifest, { isServed, leaves: departure !== undefined });
  }
  return { marks, versions, kept };
}

/** Whose the objects at the candidates' keys are: ours by our records' etag, else by the digest in their metadata. */
async function proveOurs(
  session: Session,
  { listing, inventory }: Observation,
  candidates: ReadonlyMap<string, NamedKey>,
): Promise<{ standing: Map<string, Standing>; foreign: string[] }> {
  const standing = new Map<string, Standing>();
  const foreign: string[] = [];
  const look = async (key: string, { files }: NamedKey): Promise<void> => {
    const head = await session.origin.head(key, session.call);
    if (!head) return;
    const { etag, size, sha256 } = head;
    if (sha256 !== undefined && files.some((file) => file.sha256 === sha256 && file.size === size)) {
      standing.set(key, { etag, size, sha256 });
    } else foreign.push(key);
  };
  const doubtful: Promise<void>[] = [];
  for (const [key, named] of candidates) {
    const listed = listing?.get(key);
    if (!listed) continue;
    const entry = inventory.get(key);
    if (entry?.etag === listed.etag && entry.size === listed.size) standing.set(key, entry);
    else doubtful.push(look(key, named));
  }
  await Promise.all(doubtful);
  return { standing, foreign };
}
