import { PlanError } from '../errors/errors.ts';
import type { Manifest } from '../model.ts';
import { makeBody, readWhole } from '../provider/bytes.ts';
import type { Call, Origin } from '../provider/contract.ts';
import { parseManifest } from './codec.ts';
import { encodeInventory, type Inventory, type InventoryEntry, parseInventory } from './inventory.ts';
import { inventoryKey, liveKey, stateHeaders, versionKey, versionsPrefix } from './keys.ts';
import { encodeLive, type Live, parseLive } from './live.ts';

/** Writes one state document. `ifMatch` as in the provider contract. */
export function writeState(
  origin: Origin,
  key: string,
  bytes: Uint8Array,
  ifMatch: string | null | undefined,
  call: Call,
): Promise<{ etag: string }> {
  const body = makeBody(bytes);
  const object = {
    key,
    body,
    sha256: body.sha256,
    size: body.size,
    headers: stateHeaders,
    visibility: 'private',
  } as const;
  return origin.write(ifMatch === undefined ? object : { ...object, ifMatch }, call);
}

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

/** `undefined` when no such version was written. */
export async function readManifest(origin: Origin, version: number, call: Call): Promise<Manifest | undefined> {
  const found = await readWhole(origin, versionKey(version), call);
  return found && parseManifest(found.bytes, version);
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
  const inventory = found && parseInventory(found.bytes);
  return { inventory: inventory ?? new Map(), etag: found?.etag ?? null };
}

export function writeInventory(
  origin: Origin,
  inventory: ReadonlyMap<string, InventoryEntry>,
  ifMatch: string | null | undefined,
  call: Call,
): Promise<{ etag: string }> {
  return writeState(origin, inventoryKey, encodeInventory(inventory), ifMatch, call);
}
