import * as z from 'zod';
import { readWhole } from '../provider/bytes.ts';
import type { Call, Origin } from '../provider/contract.ts';
import { encodeJson, parseDocument } from './documents.ts';
import { entryForm, type Inventory, type InventoryEntry } from './inventory.ts';
import { type PartName, partKey, stageKey, stagesPrefix } from './keys.ts';
import { encodeTable } from './rows.ts';
import { writeState } from './write-state.ts';

const stageSchema = z.object({
  format: z.literal(1),
  /** The number that it has reserved; its manifest is there before this document is. */
  version: z.number().int().positive(),
  /** The version that was live then; 0 before the first. */
  base: z.number().int().nonnegative(),
  /** ISO 8601: when the run that works on it came to it. */
  at: z.string(),
  /** Names that CI run, or its commit; null where neither is known. */
  run: z.string().nullable(),
  /** The shard that came first, as `2/3`. */
  shard: z.string(),
});

const partSchema = z.object({
  format: z.literal(1),
  /** Nonce of the run that had written `live` when this part was planned; null before the first. */
  live: z.string().nullable(),
  headers: z.array(z.record(z.string(), z.string())),
  objects: z.array(z.tuple([z.string(), z.string(), z.number(), z.string(), z.number()])),
});

/** What several machines stage together. */
export type StageDocument = Omit<z.infer<typeof stageSchema>, 'format'>;

/** What one of them has put in place. */
export interface Part {
  readonly live: string | null;
  /** What stands now where this part has written. */
  readonly written: ReadonlyMap<string, InventoryEntry>;
}

export interface FoundStage {
  readonly digest: string;
  readonly stage: StageDocument;
  readonly etag: string;
}

/** `undefined` when nobody has begun it. Throws STATE_NEWER or STATE_DAMAGED. */
export async function readStage(origin: Origin, digest: string, call: Call): Promise<FoundStage | undefined> {
  const found = await readWhole(origin, stageKey(digest), call);
  if (!found) return undefined;
  const { format: _, ...stage } = parseDocument(stageSchema, found.bytes, stageKey(digest));
  return { digest, stage, etag: found.etag };
}

export function writeStage(
  origin: Origin,
  digest: string,
  { version, base, at, run, shard }: StageDocument,
  ifMatch: string | null,
  call: Call,
): Promise<{ etag: string }> {
  const bytes = encodeJson({ format: 1, version, base, at, run, shard });
  return writeState(origin, stageKey(digest), bytes, ifMatch, call);
}

/** `undefined` where that shard has recorded nothing. */
export async function readPart(origin: Origin, digest: string, name: PartName, call: Call): Promise<Part | undefined> {
  const key = partKey(digest, name);
  const found = await readWhole(origin, key, call);
  if (!found) return undefined;
  const { live, headers, objects } = parseDocument(partSchema, found.bytes, key);
  const written: Inventory = new Map();
  for (const [object, sha256, size, etag, set] of objects) {
    written.set(object, { sha256, size, etag, headers: headers[set] ?? {} });
  }
  return { live, written };
}

export async function writePart(
  origin: Origin,
  digest: string,
  name: PartName,
  { live, written }: Part,
  call: Call,
): Promise<void> {
  const bytes = encodeTable({ format: 1, live }, entryForm, [...written]);
  await writeState(origin, partKey(digest, name), bytes, undefined, call);
}

/** What the names below `stages/` say. */
export interface ListedStages {
  /** Of stages that have a document. */
  readonly digests: readonly string[];
  /** Parts on record, by digest. */
  readonly parts: ReadonlyMap<string, readonly PartName[]>;
  readonly keys: readonly { readonly key: string; readonly size: number; readonly digest: string }[];
}

export async function listStages(origin: Origin, call: Call): Promise<ListedStages> {
  const digests: string[] = [];
  const parts = new Map<string, PartName[]>();
  const keys: { key: string; size: number; digest: string }[] = [];
  for await (const { key, size } of origin.list({ prefix: stagesPrefix }, call)) {
    const [, digest, ...numbers] =
      /^([0-9a-f]{64})(?:\.(\d+)\.(\d+)-of-(\d+))?$/.exec(key.slice(stagesPrefix.length)) ?? [];
    if (digest === undefined) continue;
    keys.push({ key, size, digest });
    const [version, index, count] = numbers.map(Number);
    if (version === undefined || index === undefined || count === undefined || Number.isNaN(version))
      digests.push(digest);
    else parts.set(digest, [...(parts.get(digest) ?? []), { version, index, count }]);
  }
  return { digests, parts, keys };
}
