import * as z from 'zod';
import { encodeJson, parseDocument } from './documents.ts';
import { liveKey } from './keys.ts';

const owedSchema = z.object({
  edge: z.string(),
  items: z.array(z.string()),
  version: z.number().int(),
});

const historySchema = z.object({
  version: z.number().int().positive(),
  /** ISO 8601: when the version became live. */
  at: z.string(),
  commit: z.string().nullable(),
  message: z.string().nullable(),
  /** Prune has removed the version since, or has begun to. */
  gone: z.literal(true).optional(),
});

const unrestorableSchema = z.object({
  version: z.number().int().positive(),
  /** Logical paths that the version has lost; the first ones. */
  paths: z.array(z.string()),
  /** There are others. */
  more: z.literal(true).optional(),
});

const prunedSchema = z.object({
  /** Nonce of the last prune: what was planned before it is stale. */
  run: z.string(),
  /** ISO 8601. */
  at: z.string(),
  /** Versions whose removal has begun and is not known to be done. */
  versions: z.array(z.number().int().positive()),
});

const stagedSchema = z.object({
  version: z.number().int().positive(),
  /** ISO 8601: when everything but the stable names was in place. */
  at: z.string(),
  /** The version that was live then; 0 before the first. */
  base: z.number().int().nonnegative(),
});

const liveSchema = z.object({
  format: z.literal(1),
  project: z.string(),
  /** Nonce of the run that wrote the document, so that a lost answer can be told from a lost race. */
  run: z.string(),
  /** 0 until the first version is live. */
  version: z.number().int().nonnegative(),
  previous: z.number().int().positive().nullable(),
  /** The lowest number that no version has had. */
  next: z.number().int().positive(),
  commit: z.string().nullable(),
  commitTime: z.string().nullable(),
  applying: z.object({ version: z.number().int().positive(), run: z.string() }).optional(),
  owed: z.array(owedSchema),
  history: z.array(historySchema),
  /** Versions that `deploy --stage` prepared and nobody has made live yet. */
  staged: z.array(stagedSchema).optional(),
  /** Versions that have lost files to a takedown. */
  unrestorable: z.array(unrestorableSchema).optional(),
  pruned: prunedSchema.optional(),
  /** Which conditions of writes the stores hold to, once that was tried. */
  conditions: z.object({ mustNotExist: z.boolean(), ifMatch: z.boolean() }).optional(),
});

/** Which version is live; the one document that changes by compare-and-swap only. */
export type Live = z.infer<typeof liveSchema>;
export type HistoryEntry = z.infer<typeof historySchema>;

/** Entries kept; of older ones only their order is known, by their numbers. */
const longestHistory = 500;

export function parseLive(bytes: Uint8Array): Live {
  return parseDocument(liveSchema, bytes, liveKey);
}

export function encodeLive(live: Live): Uint8Array {
  return encodeJson(live);
}

/** Whether `history` has lost its oldest entries. */
export function isHistoryCut(live: Live): boolean {
  return live.history.length >= longestHistory;
}

/** The document of an environment to which nothing was deployed yet. */
export function emptyLive(project: string, run: string): Live {
  return {
    format: 1,
    project,
    run,
    version: 0,
    previous: null,
    next: 1,
    commit: null,
    commitTime: null,
    owed: [],
    history: [],
  };
}

/** `live` after `entry` has become the live version; `applying` is gone. */
export function advanceLive(live: Live, entry: HistoryEntry, commitTime: string | null): Live {
  const { applying: _, ...rest } = live;
  return {
    ...rest,
    version: entry.version,
    previous: live.version === 0 ? null : live.version,
    next: Math.max(live.next, entry.version + 1),
    commit: entry.commit,
    commitTime,
    history: [...live.history, entry].slice(-longestHistory),
  };
}

/**
 * The version that `rollback` without `--to` makes live: where a run broke off, the lower of the live and the half-applied one, which
 * undoes a deploy and finishes a rollback; else the newest below the live one that was live, is still there, and that no rollback has
 * left. `undefined` when there is none.
 */
export function rollbackTarget(live: Live): number | undefined {
  if (live.applying && live.version > 0) return Math.min(live.version, live.applying.version);
  const left = new Set<number>();
  live.history.forEach((entry, index) => {
    const before = live.history[index - 1];
    if (before && entry.version < before.version) left.add(before.version);
  });
  const candidates = live.history.filter((entry) => !entry.gone).map((entry) => entry.version);
  const below = candidates.filter((version) => version < live.version && !left.has(version));
  return below.length === 0 ? undefined : Math.max(...below);
}
