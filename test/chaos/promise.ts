import { decodeChunk } from '../../src/manifest/chunk-codec.ts';
import { fileForm, parseManifest } from '../../src/manifest/codec.ts';
import { type Live, parseLive } from '../../src/manifest/live.ts';
import type { Headers, Manifest, ManifestFile } from '../../src/model.ts';
import type { Snapshot, Stored } from './snapshot.ts';

/** The live document; one of version 0 where nothing was ever deployed. */
export function liveOf(snapshot: Snapshot): Live {
  const found = snapshot.get('.waybill/live');
  if (found) return parseLive(found.bytes);
  const nothing = { project: '', run: '', version: 0, previous: null, next: 1, commit: null, commitTime: null };
  return { format: 1, ...nothing, owed: [], history: [] };
}

export function manifestOf(snapshot: Snapshot, version: number): Manifest {
  const found = snapshot.get(`.waybill/versions/${version}`);
  if (!found) throw new Error(`version ${version} has no manifest`);
  const { head, files, chunks = [] } = parseManifest(found.bytes, version);
  const rows = ({ sha256 }: { sha256: string }): ManifestFile[] => {
    const chunk = snapshot.get(`.waybill/chunks/${sha256}`);
    if (!chunk) throw new Error(`version ${version} lacks a chunk`);
    return decodeChunk(fileForm, chunk.bytes, sha256);
  };
  return { ...head, files: files ?? chunks.flatMap(rows) };
}

/** Numbers of all manifests, ascending. */
export function versionsOf(snapshot: Snapshot): number[] {
  const names = [...snapshot.keys()].filter((key) => key.startsWith('.waybill/versions/'));
  return names.map((key) => Number(key.slice('.waybill/versions/'.length))).sort((a, b) => a - b);
}

/**
 * What the promise of docs/reliability.md says, whatever broke: each key of the live version serves its bytes or, where it is a stable
 * one, those of the version that is being applied; what is needed to go back is there; numbers are used once.
 */
export function findBroken(
  snapshot: Snapshot,
  allowed: {
    /** Digests that stable keys may have, too: those of a half-applied version that other content has replaced. */
    readonly over?: ReadonlySet<string>;
    /** Somebody altered objects behind our back, so not all bodies are there. */
    readonly isDamaged?: boolean;
  } = {},
): string[] {
  const live = liveOf(snapshot);
  const problems: string[] = [];
  const wanted = live.version ? manifestOf(snapshot, live.version).files : [];
  const applying = new Map(
    live.applying ? manifestOf(snapshot, live.applying.version).files.map((file) => [file.key, file]) : [],
  );
  for (const file of wanted) {
    const { sha256 } = snapshot.get(file.key) ?? {};
    if (sha256 === file.sha256) continue;
    const isKnown = sha256 !== undefined && (applying.get(file.key)?.sha256 === sha256 || allowed.over?.has(sha256));
    if (file.class === 'immutable' || !isKnown)
      problems.push(`${file.key} serves neither version ${live.version} nor ${live.applying?.version ?? 'another'}`);
  }
  if (!allowed.isDamaged) problems.push(...findUnrestorable(snapshot, live));
  return [...problems, ...findMisnumbered(snapshot, live)];
}

/** Files of versions that were live or are staged whose bytes are nowhere. */
function findUnrestorable(snapshot: Snapshot, live: Live): string[] {
  const kept = live.history.filter(({ gone }) => !gone).map(({ version }) => version);
  const numbers = new Set([live.version, ...kept, ...(live.staged ?? []).map(({ version }) => version)]);
  numbers.delete(0);
  // What a prune has begun with, or a takedown has made incomplete, is no version to go back to.
  for (const version of live.pruned?.versions ?? []) numbers.delete(version);
  for (const { version } of live.unrestorable ?? []) numbers.delete(version);
  const bodies = new Set([...snapshot.values()].map(({ sha256 }) => sha256));
  return [...numbers].flatMap((version) =>
    manifestOf(snapshot, version)
      .files.filter((file) => !bodies.has(file.sha256) || isGone(snapshot, file))
      .map((file) => `${file.key} of version ${version} cannot be restored`),
  );
}

function isGone(snapshot: Snapshot, file: ManifestFile): boolean {
  return file.class === 'immutable' && snapshot.get(file.key)?.sha256 !== file.sha256;
}

function findMisnumbered(snapshot: Snapshot, live: Live): string[] {
  const numbers = versionsOf(snapshot);
  const gaps = numbers.filter((number, index) => number !== index + 1);
  const problems = gaps.length > 0 && !live.pruned ? [`versions are ${numbers.join(', ')}`] : [];
  const used = live.history.map((entry) => entry.version).filter((number) => number >= live.next);
  if (used.length > 0) problems.push(`the next number, ${live.next}, was used already`);
  return problems;
}

/** What is not as it must be once a run has ended well: `version` is live, whole, with its headers, and nothing is left to do. */
export function findInexact(snapshot: Snapshot, version: number): string[] {
  const live = liveOf(snapshot);
  const problems: string[] = [];
  if (live.version !== version) problems.push(`version ${live.version} is live, not ${version}`);
  if (live.applying) problems.push(`version ${live.applying.version} is still being applied`);
  if (live.owed.length > 0) problems.push('invalidations are still owed');
  if (live.version === 0) return problems;
  for (const file of manifestOf(snapshot, live.version).files) {
    const found = snapshot.get(file.key);
    if (found?.sha256 !== file.sha256) problems.push(`${file.key} has wrong bytes`);
    else if (!hasHeaders(found, file.headers)) problems.push(`${file.key} has wrong headers`);
  }
  return [...problems, ...findMisnumbered(snapshot, live)];
}

export function hasHeaders({ headers }: Stored, wanted: Headers): boolean {
  return headers === undefined || JSON.stringify(headers) === JSON.stringify(wanted);
}

/** Whether version `number` has exactly these files, and the origin serves them. */
export function findOther(snapshot: Snapshot, files: Readonly<Record<string, string>>): string[] {
  const live = liveOf(snapshot);
  const paths = live.version ? manifestOf(snapshot, live.version).files.map(({ path }) => path) : [];
  const problems = Object.keys(files).filter((path) => !paths.includes(path));
  const extra = paths.filter((path) => !(path in files));
  const wrong = Object.entries(files).filter(
    ([path, body]) => Buffer.from(snapshot.get(path)?.bytes ?? []).toString() !== body,
  );
  return [
    ...problems.map((path) => `${path} is not in version ${live.version}`),
    ...extra.map((path) => `${path} should not be in version ${live.version}`),
    ...wrong.map(([path]) => `${path} does not serve what was deployed`),
  ];
}
