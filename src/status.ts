import { inspect } from './inspect.ts';
import { breakLock, type LockView, viewLock } from './manifest/lock.ts';
import { observe } from './observe.ts';
import { sameHeaders } from './plan/diff.ts';
import type { Owed } from './plan/types.ts';
import type { Session } from './session.ts';
import { readStagesUnderWay } from './stages.ts';
import { recallConditions } from './store-conditions.ts';

export interface Status {
  readonly environment: string;
  readonly cdnUrl: string;
  readonly live: {
    readonly version: number;
    /** ISO 8601. */
    readonly since: string;
    readonly commit: string | null;
    readonly message: string | null;
  } | null;
  /** A version that a run began to make live and did not finish. */
  readonly applying: { readonly version: number } | null;
  /** Prepared by `deploy --stage` and not live yet; `base` was live then, 0 for none. */
  readonly staged: readonly { readonly version: number; readonly at: string; readonly base: number }[];
  /** What several machines are staging: parts of `shards` by number. Before the first is in place `shards` is null. */
  readonly staging: readonly {
    readonly version: number;
    readonly at: string;
    readonly base: number;
    readonly shards: number | null;
    readonly recorded: readonly number[];
    readonly missing: readonly number[];
  }[];
  readonly lock: LockView | null;
  readonly owed: readonly Owed[];
  /** Whether every object was looked at (`deep`), so that `drift.headers` is complete. */
  readonly deep: boolean;
  /** How the origin differs from the live manifest, by key. */
  readonly drift: {
    readonly missing: readonly string[];
    /** Other bytes, or metadata that says so. */
    readonly altered: readonly string[];
    /** The right bytes under other headers. */
    readonly headers: readonly string[];
  };
}

/** The state of an environment, the origin listed and compared with the live manifest; with `deep`, one HEAD a file. */
export async function readStatus(session: Session, { deep = false }: { deep?: boolean } = {}): Promise<Status> {
  const [observation, lock] = await Promise.all([
    observe(session, { list: true }),
    viewLock(session.state, session.call),
  ]);
  const files = observation.live?.files ?? [];
  const { seen } = await inspect(session, observation, files, { adopt: false, deep });
  const live = observation.state?.live;
  const stages = await readStagesUnderWay(session, live);
  const entry = live?.history.findLast((one) => one.version === live.version);
  return {
    environment: session.environment.name,
    cdnUrl: session.environment.url,
    live: live?.version
      ? { version: live.version, since: entry?.at ?? '', commit: live.commit, message: entry?.message ?? null }
      : null,
    applying: live?.applying ? { version: live.applying.version } : null,
    staged: live?.staged ?? [],
    staging: stages.map(({ stage: { version, at, base }, progress: [first] }) => {
      return {
        version,
        at,
        base,
        shards: first?.count ?? null,
        recorded: first?.recorded ?? [],
        missing: first?.missing ?? [],
      };
    }),
    lock: lock ?? null,
    owed: live?.owed ?? [],
    deep,
    drift: {
      missing: files.filter((file) => !seen.has(file.key)).map((file) => file.key),
      altered: files
        .filter((file) => seen.has(file.key) && seen.get(file.key)?.sha256 !== file.sha256)
        .map((f) => f.key),
      headers: files
        .filter(({ key, sha256, headers }) => {
          const found = seen.get(key);
          return found?.sha256 === sha256 && !sameHeaders(found.headers, headers);
        })
        .map((file) => file.key),
    },
  };
}

/** Frees the lock whoever holds it. */
export async function unlock(session: Session): Promise<{ released: boolean; holder?: string }> {
  await recallConditions(session);
  const broken = await breakLock(session.state, session.call);
  return broken ? { released: true, holder: broken.holder } : { released: false };
}
