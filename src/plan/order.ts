import type { ManifestFile } from '../model.ts';
import type { Change, Seen, World } from './diff.ts';
import type { CopyStep, KeepStep, Phase, PhaseName, Step, UploadStep } from './types.ts';

/** Identical bodies from this size up are sent once and copied at the origin: below it a copy costs as much as the upload. */
const copyFloorBytes = 1024 * 1024;

const phaseNames: readonly PhaseName[] = ['immutable', 'mutable', 'entry'];

const keepWave = 0;
const writeWave = 1;
/** Pages first, then what names pages: service worker, feed, sitemap. */
const afterPagesWave = 3;

export interface Ordered {
  readonly phases: readonly Phase[];
  /** Files whose bytes are neither here nor at the origin; only a rollback can have any. */
  readonly unrestorable: readonly ManifestFile[];
  /** Bodies of the live version that this plan replaces and nobody has kept. */
  readonly lost: readonly ManifestFile[];
}

/** Turns changes into steps, grouped by phase and wave. */
export function order(world: World, changes: readonly Change[], objectKey: (sha256: string) => string): Ordered {
  if (changes.length === 0) return { phases: [], unrestorable: [], lost: [] };
  const keeps = keepSteps(world, changes);
  const sources = new Sources(world, changes, keeps, objectKey);
  // Visitors see nothing of kept bodies, and they must be safe before the first stable key is written: with local folders, flushed to
  // the disk by the write of `live` that follows this phase.
  const steps = new Map<PhaseName, Step[]>(phaseNames.map((name) => [name, name === 'immutable' ? [...keeps] : []]));
  const unrestorable: ManifestFile[] = [];
  for (const phase of phaseNames) {
    // By waves, so that what is copied within a phase is copied from what is written earlier in it.
    const inPhase = changes.filter((change) => change.phase === phase).sort((a, b) => waveOf(a) - waveOf(b));
    for (const change of inPhase) {
      const step = stepFor(world, change, sources);
      if (step) steps.get(phase)?.push(step);
      else unrestorable.push(change.file);
    }
  }
  const phases = phaseNames.flatMap((name) => {
    const list = steps.get(name) ?? [];
    return list.length === 0 ? [] : [{ name, steps: list }];
  });
  return { phases, unrestorable, lost: lostBodies(world, changes, keeps) };
}

function stepFor(world: World, change: Change, sources: Sources): UploadStep | CopyStep | undefined {
  const { file, seen, reason } = change;
  const base = {
    key: file.key,
    sha256: file.sha256,
    size: file.size,
    class: file.class,
    headers: file.headers,
    ifMatch: seen?.etag ?? null,
    wave: waveOf(change),
  };
  if (change.action === 'headers' && seen) {
    return { ...base, kind: 'copy', reason, from: { key: file.key, etag: seen.etag } };
  }
  if (!world.local || file.size >= copyFloorBytes) {
    const from = sources.find(file.sha256, change.phase);
    if (from) {
      const why = world.local ? 'duplicate' : 'restore';
      // What is written earlier in this phase must be there before it is copied.
      const wave = from.etag === undefined ? base.wave + 1 : base.wave;
      return { ...base, kind: 'copy', reason: why, from, wave };
    }
  }
  const source = world.sources?.get(file.sha256);
  if (source) return { ...base, kind: 'copy', reason: 'promoted', from: source };
  if (!world.local) return undefined;
  sources.willBeAt(file.sha256, file.key);
  return { ...base, kind: 'upload', reason };
}

function waveOf({ phase, file }: Change): number {
  return phase === 'entry' && !isPage(file) ? afterPagesWave : writeWave;
}

function isPage(file: ManifestFile): boolean {
  return /^(text\/html|application\/xhtml\+xml)\b/.test(file.headers['content-type'] ?? '');
}

/** Old bodies of stable keys, known by their sha256, that are about to be replaced and not kept yet. */
function keepSteps(world: World, changes: readonly Change[]): KeepStep[] {
  const steps = new Map<string, KeepStep>();
  for (const { action, seen, file } of changes) {
    if (action !== 'put' || !seen || seen.sha256 === file.sha256) continue;
    // What somebody put over our object is no version's body; what a foreigner left is kept when it is adopted.
    if (seen.altered || world.kept.has(seen.sha256) || steps.has(seen.sha256)) continue;
    steps.set(seen.sha256, {
      kind: 'keep',
      key: file.key,
      etag: seen.etag,
      sha256: seen.sha256,
      size: seen.size,
      reason: seen.ours ? 'kept-for-rollback' : 'adopted',
      wave: keepWave,
    });
  }
  return [...steps.values()];
}

function lostBodies(world: World, changes: readonly Change[], keeps: readonly KeepStep[]): ManifestFile[] {
  const live = new Map(world.live?.files.map((file) => [file.key, file]));
  const safe = new Set([...world.kept.keys(), ...keeps.map((step) => step.sha256)]);
  return changes.flatMap(({ file, seen, action }) => {
    const before = live.get(file.key);
    const replaced = action === 'put' && before !== undefined && before.sha256 !== file.sha256;
    return replaced && seen?.sha256 !== before.sha256 && !safe.has(before.sha256) ? [before] : [];
  });
}

/** Where a body can be copied from at the origin. */
class Sources {
  readonly #bySha = new Map<string, { key: string; etag?: string }>();
  /** Where bodies stand that the second phase keeps; the first one, which replaces nothing, takes them from there. */
  readonly #beforeKept = new Map<string, { key: string; etag: string }>();

  constructor(
    world: World,
    changes: readonly Change[],
    keeps: readonly KeepStep[],
    objectKey: (sha256: string) => string,
  ) {
    for (const { key, etag, sha256 } of keeps) {
      this.#bySha.set(sha256, { key: objectKey(sha256) });
      this.#beforeKept.set(sha256, { key, etag });
    }
    for (const [sha256, etag] of world.kept) this.#bySha.set(sha256, { key: objectKey(sha256), etag });
    // A key that this plan writes is no safe source: its body may be gone before it is read.
    const written = new Set(changes.map((change) => change.file.key));
    // Of several the first by name, so that the plan does not depend on the order in which they were looked at.
    const standing = new Map<string, { key: string; etag: string }>();
    for (const [key, seen] of world.seen) {
      if (!isSource(seen) || written.has(key)) continue;
      const known = standing.get(seen.sha256);
      if (!known || key < known.key) standing.set(seen.sha256, { key, etag: seen.etag });
    }
    for (const [sha256, from] of standing) if (!this.#bySha.has(sha256)) this.#bySha.set(sha256, from);
  }

  find(sha256: string, phase: PhaseName): { key: string; etag?: string } | undefined {
    return (phase === 'immutable' ? this.#beforeKept.get(sha256) : undefined) ?? this.#bySha.get(sha256);
  }

  willBeAt(sha256: string, key: string): void {
    if (!this.#bySha.has(sha256)) this.#bySha.set(sha256, { key });
  }
}

function isSource(seen: Seen): boolean {
  return seen.ours;
}
