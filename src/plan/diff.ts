import type { Headers, Lookup, Manifest, ManifestFile } from '../model.ts';
import { canonicalJson } from './digest.ts';
import type { PhaseName, Reason } from './types.ts';

/** What stands at a key, proven by our records, the object's metadata or its bytes. */
export interface Seen {
  readonly etag: string;
  readonly sha256: string;
  readonly size: number;
  readonly headers: Headers;
  /** Written by this project, as far as its records tell. */
  readonly ours: boolean;
  /** The bytes are not those that our records name for this key: somebody changed them behind our back. */
  readonly altered: boolean;
}

/** All that the planner knows; gathered by src/observe.ts. */
export interface World {
  /** Sorted by key. */
  readonly wanted: readonly ManifestFile[];
  /** Whether the bytes of `wanted` can be sent from here (deploy) or only copied at the origin (rollback). */
  readonly local: boolean;
  readonly seen: ReadonlyMap<string, Seen>;
  /** Keys that our records name and the origin no longer has, with the sha256 that was there, if known. */
  readonly missing: ReadonlyMap<string, string | undefined>;
  /** Etags of kept bodies by sha256. */
  readonly kept: ReadonlyMap<string, string>;
  readonly live: Manifest | undefined;
  /** The version that a run began to make live and did not finish. */
  readonly applying: Manifest | undefined;
  /** Bodies that can be copied from another environment's origin, by sha256. */
  readonly sources?: ReadonlyMap<string, { readonly environment: string; readonly key: string; readonly etag: string }>;
}

export interface Change {
  readonly file: ManifestFile;
  /** `put`: other bytes must come; `headers`: the same bytes under new headers. */
  readonly action: 'put' | 'headers';
  readonly reason: Reason;
  readonly seen: Seen | undefined;
  readonly phase: PhaseName;
}

export interface Differences {
  readonly changes: readonly Change[];
  readonly unchanged: number;
  /** Objects of others at wanted keys, with other bytes. */
  readonly foreign: readonly string[];
  /** Files of class immutable whose key has other bytes already. */
  readonly rewritten: readonly ManifestFile[];
}

/** Compares what should be there with what is. */
export function diff(world: World): Differences {
  const live = new Map(world.live?.files.map((file) => [file.key, file]));
  const changes: Change[] = [];
  const foreign: string[] = [];
  const rewritten: ManifestFile[] = [];
  let unchanged = 0;
  for (const file of world.wanted) {
    const seen = world.seen.get(file.key);
    const recorded = live.get(file.key);
    if (isRewritten(file, recorded, seen, world.missing.get(file.key))) rewritten.push(file);
    if (!seen) {
      const reason = recorded || world.missing.has(file.key) ? 'missing' : 'new';
      changes.push({ file, action: 'put', reason, seen, phase: phaseOf(file, reason === 'missing') });
    } else if (seen.sha256 !== file.sha256) {
      if (!seen.ours) foreign.push(file.key);
      const reason = recorded?.sha256 === file.sha256 ? 'altered' : 'content';
      changes.push({ file, action: 'put', reason, seen, phase: phaseOf(file, true) });
    } else if (!sameHeaders(seen.headers, file.headers)) {
      changes.push({ file, action: 'headers', reason: 'headers', seen, phase: phaseOf(file, true) });
    } else unchanged++;
  }
  return { changes, unchanged, foreign, rewritten };
}

/** Only what no visitor can know yet belongs to the first phase; a repaired or re-headed immutable key is visible at once. */
function phaseOf(file: ManifestFile, visible: boolean): PhaseName {
  if (file.class === 'immutable' && visible) return 'mutable';
  return file.class;
}

function isRewritten(
  file: ManifestFile,
  recorded: ManifestFile | undefined,
  seen: Seen | undefined,
  missing: string | undefined,
): boolean {
  if (file.class !== 'immutable') return false;
  if (recorded) return recorded.class === 'immutable' && recorded.sha256 !== file.sha256;
  if (missing !== undefined) return missing !== file.sha256;
  return seen?.ours === true && !seen.altered && seen.sha256 !== file.sha256;
}

export function sameHeaders(a: Headers, b: Headers): boolean {
  if (a === b) return true;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

/** Whether two versions are the same to visitors and to the application. */
export function sameContent(a: Content, b: Content): boolean {
  return sameFiles(a.files, b.files) && lookupText(a) === lookupText(b);
}

type Content = Pick<Manifest, 'files' | keyof Lookup>;

function lookupText({ aliases = {}, externals = {}, djangoVersion }: Lookup): string {
  return canonicalJson({ aliases, externals, djangoVersion });
}

function sameFiles(a: readonly ManifestFile[], b: readonly ManifestFile[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((file, index) => {
    const other = b[index];
    // Rows of one chunk are the same objects.
    if (file === other) return true;
    return (
      other !== undefined &&
      file.key === other.key &&
      file.path === other.path &&
      file.sha256 === other.sha256 &&
      file.class === other.class &&
      sameHeaders(file.headers, other.headers)
    );
  });
}
