import type { InventoryEntry } from './manifest/inventory.ts';
import { objectKey } from './manifest/keys.ts';
import { listVersionNumbers, readManifest } from './manifest/store.ts';
import type { ManifestFile } from './model.ts';
import { isAssetKey, type Observation } from './observe.ts';
import { type Seen, sameHeaders } from './plan/diff.ts';
import { hashObject } from './provider/bytes.ts';
import type { StoredObject } from './provider/contract.ts';
import type { Session } from './session.ts';

export interface Inspection {
  readonly seen: ReadonlyMap<string, Seen>;
  /** Keys on record that the origin no longer has, with the sha256 that was there, if known. */
  readonly missing: ReadonlyMap<string, string | undefined>;
  /** Etags of kept bodies by sha256. */
  readonly kept: ReadonlyMap<string, string>;
  /** Our records, brought up to what was found. */
  readonly inventory: ReadonlyMap<string, InventoryEntry>;
  readonly inventoryChanged: boolean;
}

export interface InspectOptions {
  readonly adopt: boolean;
  /** Looks at every wanted object: where an etag is a hash of the bytes (S3), other headers do not change it. */
  readonly deep?: boolean;
}

/** A sha256 that no body has: for objects whose size alone tells that their bytes are others. */
const otherBytes = 'other';

/**
 * Decides for each wanted key what stands there. Where the listed etag is the recorded one, the records do; else a HEAD (sha256
 * metadata) or, for objects that others wrote, the bytes themselves.
 */
export async function inspect(
  session: Session,
  observation: Observation,
  wanted: readonly ManifestFile[],
  options: InspectOptions,
): Promise<Inspection> {
  const { listing, inventory } = observation;
  if (!listing) return trustRecords(observation);
  const distrusted = new Set(options.deep ? wanted.map(({ key }) => key) : []);
  const { seen, missing, next } = compareRecords(inventory, listing, distrusted);
  const unseen = wanted.filter((file) => !seen.has(file.key));
  const recorded: ReadonlyMap<string, Set<string>> = unseen.length === 0 ? new Map() : recordedDigests(observation);
  const doubtful: ManifestFile[] = [];
  for (const file of unseen) {
    if (listing.has(file.key)) doubtful.push(file);
    else if (recorded.has(file.key) && !missing.has(file.key)) missing.set(file.key, undefined);
  }
  const looks = await Promise.all(doubtful.map((file) => look(session, file, options.adopt)));
  // Equal bytes are ours from now on, whoever wrote them; only for others it matters whether an older version did.
  const isUnknown = doubtful.some((file, i) => !recorded.has(file.key) && looks[i]?.sha256 !== file.sha256);
  const served = new Set(
    [...(observation.live?.files ?? []), ...(observation.applying?.files ?? [])].map(({ key }) => key),
  );
  const written = isUnknown ? await writtenByUs(session, observation) : recorded;
  for (const [index, file] of doubtful.entries()) {
    const found = looks[index];
    if (!found) {
      missing.set(file.key, inventory.get(file.key)?.sha256);
      continue;
    }
    const digests = written.get(file.key);
    // The wanted bytes are right, whoever put them there.
    const altered = digests !== undefined && !digests.has(found.sha256) && found.sha256 !== file.sha256;
    // Somebody's object at a key that we have left is theirs now; at a key that visitors know as ours it is damage.
    const ours = digests !== undefined && (!altered || served.has(file.key));
    seen.set(file.key, { ...found, ours, altered: altered && ours });
    if (found.sha256 !== otherBytes && !altered) next.set(file.key, found);
  }
  const kept = await proveKept(session, observation, next);
  const inventoryChanged =
    next.size !== inventory.size || doubtful.some(({ key }) => !sameEntry(next.get(key), inventory.get(key)));
  return { seen, missing, kept, inventory: next, inventoryChanged };
}

/** Kept bodies that are what their names say: by our records, else by their metadata, which is then put on record in `next`. */
async function proveKept(
  session: Session,
  { kept, inventory }: Observation,
  next: Map<string, InventoryEntry>,
): Promise<Map<string, string>> {
  const proven = new Map<string, string>();
  const prove = async (sha256: string, etag: string): Promise<void> => {
    const key = objectKey(sha256);
    if (inventory.get(key)?.etag === etag) return void proven.set(sha256, etag);
    const head = await session.origin.head(key, session.call);
    if (head?.sha256 !== sha256) return;
    proven.set(sha256, head.etag);
    next.set(key, { sha256, size: head.size, etag: head.etag, headers: head.headers });
  };
  await Promise.all([...kept].map(([sha256, etag]) => prove(sha256, etag)));
  return proven;
}

/** What the records and the listing agree on, but for the keys in `distrusted`. Entries whose etag has changed stay on record: they tell that the key is ours. */
function compareRecords(
  inventory: ReadonlyMap<string, InventoryEntry>,
  listing: ReadonlyMap<string, StoredObject>,
  distrusted: ReadonlySet<string>,
): { seen: Map<string, Seen>; missing: Map<string, string | undefined>; next: Map<string, InventoryEntry> } {
  const seen = new Map<string, Seen>();
  const missing = new Map<string, string | undefined>();
  const next = new Map<string, InventoryEntry>();
  for (const [key, entry] of inventory) {
    const listed = listing.get(key);
    if (!listed) missing.set(key, entry.sha256);
    else next.set(key, entry);
    if (!isAssetKey(key) || distrusted.has(key)) continue;
    if (listed?.etag === entry.etag && listed.size === entry.size) seen.set(key, known(entry));
  }
  return { seen, missing, next };
}

function sameEntry(a: InventoryEntry | undefined, b: InventoryEntry | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return a.sha256 === b.sha256 && a.etag === b.etag && a.size === b.size && sameHeaders(a.headers, b.headers);
}

/** Field by field: spreading takes several times as long, for as many objects as there are. */
function known({ etag, sha256, size, headers }: InventoryEntry): Seen {
  return { etag, sha256, size, headers, ours: true, altered: false };
}

/** Without a listing our records are all there is; writes then carry their etags as conditions. */
function trustRecords({ inventory, kept }: Observation): Inspection {
  const seen = new Map<string, Seen>();
  for (const [key, entry] of inventory) if (isAssetKey(key)) seen.set(key, known(entry));
  return { seen, missing: new Map(), kept, inventory, inventoryChanged: false };
}

async function look(session: Session, file: ManifestFile, adopt: boolean): Promise<InventoryEntry | undefined> {
  const head = await session.origin.head(file.key, session.call);
  if (!head) return undefined;
  const { etag, size, headers } = head;
  // Tools that rewrite an object may carry its metadata along: a digest of ours over another size is not believed.
  const isCarried = head.sha256 === file.sha256 && size !== file.size;
  if (head.sha256 !== undefined && !isCarried) return { sha256: head.sha256, size, etag, headers };
  if (size !== file.size && !adopt) return { sha256: otherBytes, size, etag, headers };
  const hashed = await hashObject(session.origin, file.key, session.call);
  return hashed && { sha256: hashed.sha256, size, etag: hashed.etag, headers };
}

/** Digests that our records name, by key: of the inventory, the live version and the one being applied. */
function recordedDigests({ inventory, live, applying }: Observation): Map<string, Set<string>> {
  const digests = new Map<string, Set<string>>();
  const add = (key: string, sha256: string): void => {
    const set = digests.get(key);
    if (set) set.add(sha256);
    else digests.set(key, new Set([sha256]));
  };
  for (const [key, entry] of inventory) add(key, entry.sha256);
  for (const file of live?.files ?? []) add(file.key, file.sha256);
  for (const file of applying?.files ?? []) add(file.key, file.sha256);
  return digests;
}

/** The same over every manifest at the origin, abandoned ones included; read only when a key is in doubt. */
async function writtenByUs(session: Session, observation: Observation): Promise<Map<string, Set<string>>> {
  const digests = recordedDigests(observation);
  const numbers = observation.state ? await listVersionNumbers(session.state, session.call) : [];
  const manifests = await Promise.all(numbers.map((number) => readManifest(session.state, number, session.call)));
  for (const manifest of manifests) {
    for (const file of manifest?.files ?? []) {
      const set = digests.get(file.key) ?? new Set();
      digests.set(file.key, set.add(file.sha256));
    }
  }
  return digests;
}
