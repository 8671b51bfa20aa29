import type { Live } from '../manifest/live.ts';
import type { Departure } from './prune-types.ts';

export interface RetentionPolicy {
  /** How many of the versions that were live last stay in any case; the live one counts. */
  readonly versions: number;
  /** A version stays for so long after it was live, in milliseconds. */
  readonly olderThanMs: number;
  /** A staged version stays for so long, in milliseconds. */
  readonly stagedMs: number;
  /** What several machines stage together: by version, when a run last came to it, as ISO 8601. */
  readonly staging: ReadonlyMap<number, string>;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Whether `history` has lost its oldest entries. */
  readonly isHistoryCut: boolean;
}

/** What a run that broke off has written is left alone for so long, unless all versions may go sooner. */
const graceMs = 24 * 60 * 60 * 1000;

/**
 * Says of each version why it goes, or `undefined` when it stays. The live version, the one before and one that is being applied always
 * stay; the rest goes that is neither among the last `versions` nor younger than `olderThanMs`.
 */
export function makeRetention(
  live: Live,
  numbers: readonly number[],
  policy: RetentionPolicy,
): (version: number, createdAt: string) => Departure | undefined {
  const held = new Set([live.version, live.previous, live.applying?.version]);
  const begun = new Set(live.pruned?.versions);
  const ended = endTimes(live, policy.isHistoryCut ? numbers : []);
  const recent = new Set(rankVersions(live, ended).slice(0, policy.versions));
  const staged = new Map([...policy.staging, ...(live.staged ?? []).map(({ version, at }) => [version, at] as const)]);
  const stagedMs = Math.max(policy.stagedMs, Math.min(graceMs, policy.olderThanMs));
  // A time that cannot be read counts as young.
  const isOlder = (since: string, ms: number): boolean => policy.now - Date.parse(since) >= ms;

  return (version, createdAt) => {
    if (held.has(version)) return undefined;
    // It may lack files already: no flag brings it back.
    if (begun.has(version)) return { version, reason: 'unfinished', since: createdAt };
    const end = ended.get(version);
    if (end !== undefined) {
      const goes = !recent.has(version) && isOlder(end, policy.olderThanMs);
      return goes ? { version, reason: 'expired', since: end } : undefined;
    }
    const stagedAt = staged.get(version);
    if (stagedAt !== undefined) {
      return isOlder(stagedAt, stagedMs) ? { version, reason: 'staged', since: stagedAt } : undefined;
    }
    return isOlder(createdAt, policy.olderThanMs) ? { version, reason: 'abandoned', since: createdAt } : undefined;
  };
}

/** When each version that was live stopped being so, the one that did so last coming last: the moment its successor became live. */
function endTimes({ history, version: current }: Live, older: readonly number[]): Map<number, string> {
  const ended = new Map<number, string>();
  const [first] = history;
  if (first) {
    // Whatever has a lower number than all of them came before.
    const lowest = Math.min(...history.map(({ version }) => version));
    for (const version of older) if (version < lowest) ended.set(version, first.at);
  }
  for (const [index, { version, at }] of history.entries()) {
    const successor = history[index + 1];
    // Moves it to the end, as a Map keeps the place of a key.
    ended.delete(version);
    ended.set(version, version === current ? at : (successor?.at ?? at));
  }
  return ended;
}

/** Versions that can be gone back to, those that were live last first. */
function rankVersions(live: Live, ended: ReadonlyMap<number, string>): number[] {
  const lost = new Set(live.unrestorable?.map(({ version }) => version));
  const gone = new Set(live.history.filter((entry) => entry.gone).map(({ version }) => version));
  return [...ended.keys()].reverse().filter((version) => !lost.has(version) && !gone.has(version));
}
