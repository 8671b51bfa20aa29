import { compareUtf8 } from './byte-order.ts';
import { PlanError, UsageError } from './errors/errors.ts';
import type { Live } from './manifest/live.ts';
import { listVersionNumbers, readLive, readManifest } from './manifest/store.ts';
import type { External, Lookup, Manifest, ManifestFile } from './model.ts';
import { sameHeaders } from './plan/diff.ts';
import type { Session } from './session.ts';
import { readStagesUnderWay } from './stages.ts';

export interface VersionSummary {
  readonly version: number;
  readonly live: boolean;
  /** `staging`: parts of it are being staged by several machines; `abandoned`: a run wrote the manifest and never made it live. */
  readonly state: 'live' | 'kept' | 'staged' | 'staging' | 'abandoned';
  /** ISO 8601. */
  readonly createdAt: string;
  readonly files: number;
  readonly bytes: number;
  readonly commit: string | null;
  readonly message: string | null;
  /** Only of versions that can no longer be made live: what they have lost to a takedown, or to a prune that is not finished. */
  readonly unrestorable?: { readonly paths: readonly string[]; readonly more: boolean };
}

/** Every version at the origin, ascending; empty where nothing was deployed. */
export async function listVersions(session: Session): Promise<readonly VersionSummary[]> {
  const state = await readLive(session.state, session.config.project, session.call);
  if (!state) return [];
  const numbers = await listVersionNumbers(session.state, session.call);
  const [stages, ...manifests] = await Promise.all([
    readStagesUnderWay(session, state.live),
    ...numbers.map((number) => readManifest(session.state, number, session.call)),
  ]);
  const staging = new Set(stages.map(({ stage }) => stage.version));
  return manifests.flatMap((manifest) => (manifest ? [summarizeVersion(manifest, state.live, staging)] : []));
}

function summarizeVersion(manifest: Manifest, live: Live, staging: ReadonlySet<number>): VersionSummary {
  const { version } = manifest;
  const wasLive = live.history.some((entry) => entry.version === version);
  const isStaged = live.staged?.some((entry) => entry.version === version) ?? false;
  const unfinished = staging.has(version) ? 'staging' : 'abandoned';
  return {
    version,
    live: version === live.version,
    state: version === live.version ? 'live' : isStaged ? 'staged' : wasLive ? 'kept' : unfinished,
    createdAt: manifest.createdAt,
    files: manifest.files.length,
    bytes: manifest.files.reduce((sum, file) => sum + file.size, 0),
    commit: manifest.source.commit ?? null,
    message: manifest.message ?? null,
    ...lossOf(version, live),
  };
}

function lossOf(version: number, { unrestorable, pruned }: Live): Pick<VersionSummary, 'unrestorable'> {
  const loss = unrestorable?.find((one) => one.version === version);
  if (loss) return { unrestorable: { paths: loss.paths, more: loss.more ?? false } };
  return pruned?.versions.includes(version) ? { unrestorable: { paths: [], more: true } } : {};
}

/** The manifest of `version`, or of the live one. Throws NOTHING_LIVE or VERSION_UNKNOWN. */
export async function showVersion(session: Session, version?: number): Promise<Manifest> {
  const state = await readLive(session.state, session.config.project, session.call);
  const wanted = version ?? (state?.live.version || undefined);
  if (wanted === undefined) {
    throw new PlanError('NOTHING_LIVE', `Nothing is live in ${session.environment.name}`, {
      hint: `Run \`waybill deploy --env ${session.environment.name}\` first.`,
    });
  }
  const manifest = await readManifest(session.state, wanted, session.call);
  if (!manifest) throw await unknownVersion(session, wanted);
  return manifest;
}

export async function unknownVersion(session: Session, version: number): Promise<UsageError> {
  const numbers = await listVersionNumbers(session.state, session.call);
  const known = numbers.length === 0 ? 'there is none yet' : `there are ${numbers.slice(-20).join(', ')}`;
  return new UsageError('VERSION_UNKNOWN', `${session.environment.name} has no version ${version}; ${known}`, {
    hint: `See \`waybill versions --env ${session.environment.name}\`.`,
  });
}

export interface VersionDiff {
  readonly added: readonly ManifestFile[];
  readonly removed: readonly ManifestFile[];
  /** Other bytes or other headers under the same key. */
  readonly changed: readonly { readonly before: ManifestFile; readonly after: ManifestFile }[];
  readonly unchanged: number;
  /** Paths that came to a public CDN (`after` alone), left it (`before` alone), or have another copy there; sorted. */
  readonly externals: readonly ExternalChange[];
}

export interface ExternalChange {
  /** Logical path. */
  readonly path: string;
  readonly before?: External;
  readonly after?: External;
}

/** What changed from version `a` to version `b`. Throws VERSION_UNKNOWN. */
export async function diffVersions(session: Session, a: number, b: number): Promise<VersionDiff> {
  const [before, after] = await Promise.all([showVersion(session, a), showVersion(session, b)]);
  return compareVersions(before, after);
}

export function compareVersions(before: Manifest, after: Manifest): VersionDiff {
  const old = new Map(before.files.map((file) => [file.key, file]));
  const kept = new Set(after.files.map((file) => file.key));
  const added: ManifestFile[] = [];
  const changed: { before: ManifestFile; after: ManifestFile }[] = [];
  for (const file of after.files) {
    const was = old.get(file.key);
    if (!was) added.push(file);
    else if (was.sha256 !== file.sha256 || !sameHeaders(was.headers, file.headers)) {
      changed.push({ before: was, after: file });
    }
  }
  const removed = before.files.filter((file) => !kept.has(file.key));
  const unchanged = after.files.length - added.length - changed.length;
  return { added, removed, changed, unchanged, externals: compareExternals(before.externals, after.externals) };
}

function compareExternals(before: Lookup['externals'] = {}, after: Lookup['externals'] = {}): ExternalChange[] {
  const old = new Map(Object.entries(before));
  const now = new Map(Object.entries(after));
  return [...new Set([...old.keys(), ...now.keys()])].sort(compareUtf8).flatMap((path) => {
    const [was, is] = [old.get(path), now.get(path)];
    if (was?.url === is?.url && was?.integrity === is?.integrity) return [];
    return [{ path, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) }];
  });
}
