import { compareUtf8 } from './byte-order.ts';
import { PlanError } from './errors/errors.ts';
import type { Inventory } from './manifest/inventory.ts';
import { inventoryKey, liveKey, objectsPrefix, statePrefix, versionKey } from './manifest/keys.ts';
import { type LiveState, readInventory, readLive, readManifest } from './manifest/store.ts';
import type { Manifest, ManifestFile } from './model.ts';
import type { KeyRange, StoredObject } from './provider/contract.ts';
import { pagesOf } from './provider/pages.ts';
import type { Session } from './session.ts';

/**
 * Keys a range; the ranges are listed side by side, so a listing's time does not grow with the number of objects. One page of S3's and Google's, with
 * room for keys that have come since.
 */
const rangeLength = 950;

/** What the origin holds and what our records say of it, as of now. */
export interface Observation {
  readonly state: LiveState | undefined;
  /** Manifest of the live version. */
  readonly live: Manifest | undefined;
  /** Manifest of the version that a run began to make live and did not finish. */
  readonly applying: Manifest | undefined;
  readonly inventory: Inventory;
  /** `null` when there is none: lost, or never written. */
  readonly inventoryEtag: string | null;
  /** `undefined` when the listing was skipped (`--trust-manifest`, where the records can be believed). */
  readonly listing: ReadonlyMap<string, StoredObject> | undefined;
  /** Etags at the places of kept bodies, by the sha256 in their names; src/inspect.ts proves them. */
  readonly kept: ReadonlyMap<string, string>;
}

export interface ObserveOptions {
  readonly list: boolean;
  /** Files that the live version is likely to hold; the rows of its manifest that they agree with are not read. */
  readonly likely?: Promise<readonly ManifestFile[] | undefined>;
}

/** Throws STATE_DAMAGED, STATE_FOREIGN, STATE_NEWER, LOCATION_SHARED or ProviderError. */
export async function observe(session: Session, options: ObserveOptions): Promise<Observation> {
  const [state, records] = await Promise.all([
    readLive(session.state, session.config.project, session.call),
    readInventory(session.state, session.call),
  ]);
  session.store.conditions ??= state?.live.conditions;
  const [live, applying, listing] = await Promise.all([
    readNamed(session, state?.live.version || undefined, options.likely),
    readNamed(session, state?.live.applying?.version),
    // Without records, or with those from before a run that broke off, there is nothing to believe.
    options.list || records.inventory.size === 0 || state?.live.applying
      ? listAll(session, [...records.inventory.keys()])
      : undefined,
  ]);
  return {
    state,
    live,
    applying,
    inventory: records.inventory,
    inventoryEtag: records.etag,
    listing,
    kept: keptBodies(listing, records.inventory),
  };
}

/** A manifest that `live` names must be there. */
async function readNamed(
  session: Session,
  version: number | undefined,
  likely?: ObserveOptions['likely'],
): Promise<Manifest | undefined> {
  if (version === undefined) return undefined;
  const manifest = await readManifest(session.state, version, session.call, likely);
  if (manifest) return manifest;
  throw new PlanError('STATE_DAMAGED', `${liveKey} names version ${version}, and ${versionKey(version)} is not there`, {
    hint: 'See "Recovery by hand" in docs/reliability.md.',
  });
}

/** Lists everything below the prefix, in ranges cut at keys that we know. */
async function listAll(session: Session, known: readonly string[]): Promise<Map<string, StoredObject>> {
  const ranges = session.origin.traits.rangedList ? cutRanges(known) : [{ prefix: '' }];
  const listPages = pagesOf(session.origin);
  const parts = await Promise.all(
    ranges.map(async (range) => {
      const pages: (readonly StoredObject[])[] = [];
      for await (const page of listPages(range, session.call)) pages.push(page);
      return pages;
    }),
  );
  const listing = new Map<string, StoredObject>();
  for (const page of parts.flat()) {
    for (const object of page) {
      refuseNested(session, object.key);
      listing.set(object.key, object);
    }
  }
  return listing;
}

export function cutRanges(known: readonly string[]): KeyRange[] {
  const sorted = [...known].sort(compareUtf8);
  const cuts = sorted.filter((_, index) => index > 0 && index % rangeLength === 0);
  return [undefined, ...cuts].map((after, index) => {
    const until = cuts[index];
    return { prefix: '', ...(after === undefined ? {} : { after }), ...(until === undefined ? {} : { until }) };
  });
}

function refuseNested(session: Session, key: string): void {
  if (!key.endsWith(`/${liveKey}`)) return;
  const inner = key.slice(0, -liveKey.length - 1);
  const { origin, state } = session.environment;
  // An environment's own state may lie inside its origin; src/config/locations.ts.
  const isOwn = [origin.location.prefix, inner].filter(Boolean).join('/') === state.location.prefix;
  if (isOwn && origin.location.store === state.location.store) return;
  throw new PlanError(
    'LOCATION_SHARED',
    `Another environment lives inside ${session.origin.name}, at ${inner}/: their files would mix`,
    { hint: 'Give each environment a bucket, folder or prefix of its own.' },
  );
}

function keptBodies(listing: ReadonlyMap<string, StoredObject> | undefined, inventory: Inventory): Map<string, string> {
  const kept = new Map<string, string>();
  for (const [key, { etag }] of listing ?? inventory) {
    if (key.startsWith(objectsPrefix)) kept.set(key.slice(objectsPrefix.length), etag);
  }
  return kept;
}

/** Whether a key is the place of an asset, and not of our state. */
export function isAssetKey(key: string): boolean {
  return !key.startsWith(statePrefix) && key !== inventoryKey;
}
