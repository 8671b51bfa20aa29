import { toFailure } from '../../src/cli/failure.ts';
import type { WaybillError } from '../../src/errors/errors.ts';
import type { ManifestFile } from '../../src/model.ts';
import type { FaultKind } from './faults.ts';
import { hasHeaders, liveOf, manifestOf } from './promise.ts';
import type { Snapshot } from './snapshot.ts';

/** Written before anything that a run is for: they count as nothing changed. */
const ownTraces = ['.waybill/lock', '.waybill/probe'];

/** A run that failed: what it said, and what stood at the origin before and after it. */
export interface FailedRun {
  readonly error: WaybillError;
  readonly kind: FaultKind;
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** It changes nothing that visitors can tell, and its message counts what was removed. */
  readonly isPrune: boolean;
}

/** What is wrong with exit code, cause and message of a run that failed, going by what it has really done. */
export function findUntold({ error, kind, before, after, isPrune }: FailedRun): string[] {
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (key) => !ownTraces.includes(key) && before.get(key)?.sha256 !== after.get(key)?.sha256,
  );
  const refused = kind.code === 'PROVIDER_AUTH' ? 6 : 7;
  // The first writes of a run whose answers got lost have changed something that the run cannot know of.
  const isUnknown = kind.isDoubtful && changed.every((key) => key.startsWith('.waybill/'));
  const expected = changed.length === 0 ? [refused] : isUnknown ? [refused, 3] : [3];
  const problems: string[] = [];
  if (!expected.includes(error.exitCode))
    problems.push(`exit code ${error.exitCode} (${error.code}) with ${changed.length} changes: ${changed.join(', ')}`);
  const cause = error.exitCode === 3 ? (error.cause as { code?: string } | undefined)?.code : error.code;
  if (cause !== kind.code) problems.push(`the cause is ${cause}, not ${kind.code}`);
  if (!toFailure(error, false).hint) problems.push('no hint');
  if (error.exitCode === 3 && !isPrune) problems.push(...findWrongClaims(error, kind, before, after));
  return problems;
}

/** Compares what the message says that visitors see with what is there. */
function findWrongClaims(
  { message }: WaybillError,
  { isDoubtful }: FaultKind,
  before: Snapshot,
  after: Snapshot,
): string[] {
  const live = liveOf(after);
  const finished = /Version (\d+) is live and complete/.exec(message);
  if (finished) return Number(finished[1]) === live.version && !live.applying ? [] : ['it is not live and complete'];
  const isBefore = /Visitors still see (?:version \d+|the site as it was)/.test(message);
  const partly =
    /Visitors see .* with (\d+) of \d+ stable files already switched to version (\d+)/.exec(message) ??
    /All (\d+) stable files have switched to version (\d+)/.exec(message);
  if (!isBefore && !partly) return [`it does not say what visitors see: ${message}`];
  // A run that cannot hear answers counts too few.
  const told = partly ? Number(partly[1]) : 0;
  const version = partly ? Number(partly[2]) : live.applying?.version;
  const real = version === undefined ? 0 : countSwitched(before, after, version);
  if (isDoubtful ? told <= real : told === real) return [];
  return [`${told} files are said to have switched, and it is ${real}`];
}

/** Files that visitors can tell from those of the version that was live, and that the run has brought to their keys. */
function countSwitched(before: Snapshot, after: Snapshot, version: number): number {
  const live = liveOf(before);
  const old = new Map(live.version ? manifestOf(after, live.version).files.map((file) => [file.key, file]) : []);
  const isSwitch = (file: ManifestFile): boolean => {
    const recorded = old.get(file.key);
    if (!recorded) return file.class !== 'immutable';
    return recorded.sha256 !== file.sha256 || JSON.stringify(recorded.headers) !== JSON.stringify(file.headers);
  };
  const isThere = (snapshot: Snapshot, file: ManifestFile): boolean => {
    const found = snapshot.get(file.key);
    return found?.sha256 === file.sha256 && hasHeaders(found, file.headers);
  };
  const { files } = manifestOf(after, version);
  // What an older version has left at its key is right without being written.
  return files.filter((file) => isSwitch(file) && isThere(after, file) && !isThere(before, file)).length;
}
