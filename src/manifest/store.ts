import { PlanError } from '../errors/errors.ts';
import type { Manifest, ManifestFile } from '../model.ts';
import { readWhole } from '../provider/bytes.ts';
import type { Call, Origin } from '../provider/contract.ts';
import { chunksAt } from './chunk-memory.ts';
import { readRows, writeRows } from './chunk-store.ts';
import { encodeManifest, encodeManifestIndex, fileForm, parseManifest } from './codec.ts';
import {
  encodeInventory,
  encodeInventoryIndex,
  entryForm,
  type Inventory,
  type InventoryEntry,
  parseInventory,
  sortEntries,
} from './inventory.ts';
import { inventoryKey, liveKey, versionKey, versionsPrefix } from './keys.ts';
import { encodeLive, type Live, parseLive } from './live.ts';
import { writeState } from './write-state.ts';

export interface LiveState {
  readonly live: Live;
  readonly etag: string;
}

/**
 * The live document, `undefined` on a location that nothing was deployed to. Throws STATE_FOREIGN for another project's, STATE_NEWER,
 * and STATE_DAMAGED where there are versions but no live document.
 */
export async function readLive(origin: Origin, project: string, call: Call): Promise<LiveState | undefined> {
  let found = await readWhole(origin, liveKey, call);
  if (!found) {
    for await (const object of origin.list({ prefix: versionsPrefix }, call)) {
      // Another run's first documents may have come between the two questions.
      found = await readWhole(origin, liveKey, call);
      if (found) break;
      throw new PlanError('STATE_DAMAGED', `${origin.name} holds ${object.key} but no ${liveKey}`, {
        hint: 'This is no empty location. See "Recovery by hand" in docs/reliability.md.',
      });
    }
    if (!found) return undefined;
  }
  const live = parseLive(found.bytes);
  if (live.project !== project) {
    throw new PlanError(
      'STATE_FOREIGN',
      `${origin.name} belongs to project "${live.project}", and this configuration is project "${project}"`,
      { hint: 'Choose another prefix or bucket; or, if it is the same application, set `project` to that name.' },
    );
  }
  return { live, etag: found.etag };
}

export function writeLive(origin: Origin, live: Live, ifMatch: string | null, call: Call): Promise<{ etag: string }> {
  return writeState(origin, liveKey, encodeLive(live), ifMatch, call);
}

/**
 * `undefined` when no such version was written. `likely` are files that it may hold, once they are known: chunks of it that they make are not
 * read. Throws STATE_NEWER or STATE_DAMAGED.
 */
export async function readManifest(
  origin: Origin,
  version: number,
  call: Call,
  likely?: Promise<readonly ManifestFile[] | undefined>,
): Promise<Manifest | undefined> {
  const key = versionKey(version);
  const found = await readWhole(origin, key, call);
  if (!found) return undefined;
  const { head, files, chunks = [] } = parseManifest(found.bytes, version);
  const memory = chunksAt(origin);
  memory.note(key, chunks);
  if (files) return { ...head, files };
  const expected = await likely;
  if (expected) memory.expect(fileForm, expected);
  try {
    return { ...head, files: await readRows(origin, fileForm, chunks, call) };
  } catch (error) {
    // Prune removes the index first: whoever has just read it may come too late for the rest.
    if (isDamaged(error) && !(await origin.head(key, call))) return undefined;
    throw error;
  }
}

function isDamaged(error: unknown): boolean {
  return error instanceof PlanError && error.code === 'STATE_DAMAGED';
}

/**
 * Writes a manifest where none is; rejects with kind `conflict` otherwise. The chunks of the versions in `standing` are there for certain: one is
 * live, and no prune can run.
 */
export async function writeManifest(
  origin: Origin,
  manifest: Manifest,
  standing: readonly number[],
  call: Call,
): Promise<void> {
  const { version, files: list } = manifest;
  const there = standing.map(versionKey);
  const isLarge = list.length > chunksAt(origin).cutting.above;
  const bytes = isLarge
    ? encodeManifestIndex(manifest, await writeRows(origin, fileForm, { list, there }, call))
    : encodeManifest(manifest);
  await writeState(origin, versionKey(version), bytes, null, call);
}

/** Numbers of all manifests at the origin, ascending. */
export async function listVersionNumbers(origin: Origin, call: Call): Promise<number[]> {
  const numbers: number[] = [];
  for await (const object of origin.list({ prefix: versionsPrefix }, call)) {
    const name = object.key.slice(versionsPrefix.length);
    if (/^[1-9]\d*$/.test(name)) numbers.push(Number(name));
  }
  return numbers.sort((a, b) => a - b);
}

export interface InventoryState {
  readonly inventory: Inventory;
  /** `null` when there was none, or an unreadable one. */
  readonly etag: string | null;
}

export async function readInventory(origin: Origin, call: Call): Promise<InventoryState> {
  const found = await readWhole(origin, inventoryKey, call);
  const inventory = found && (await assembleInventory(origin, found.bytes, call));
  return { inventory: inventory ?? new Map(), etag: found?.etag ?? null };
}

async function assembleInventory(origin: Origin, bytes: Uint8Array, call: Call): Promise<Inventory | undefined> {
  const memory = chunksAt(origin);
  // Of one that cannot be read no chunk counts as there, so that all are written anew.
  memory.note(inventoryKey, []);
  const parsed = parseInventory(bytes);
  if (parsed === undefined || 'inventory' in parsed) return parsed?.inventory;
  try {
    const inventory = new Map(await readRows(origin, entryForm, parsed.chunks, call));
    memory.note(inventoryKey, parsed.chunks);
    return inventory;
  } catch (error) {
    if (isDamaged(error)) return undefined;
    throw error;
  }
}

/** Chunks of the inventory as it was last read count as there: were they not, the records would be rebuilt. */
export async function writeInventory(
  origin: Origin,
  inventory: ReadonlyMap<string, InventoryEntry>,
  ifMatch: string | null | undefined,
  call: Call,
): Promise<{ etag: string }> {
  if (inventory.size <= chunksAt(origin).cutting.above) {
    return writeState(origin, inventoryKey, encodeInventory(inventory), ifMatch, call);
  }
  const rows = { list: sortEntries(inventory), there: [inventoryKey] };
  const index = encodeInventoryIndex(await writeRows(origin, entryForm, rows, call));
  return writeState(origin, inventoryKey, index, ifMatch, call);
}
