import { type Dirent, lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { compareUtf8 } from '../../src/byte-order.ts';
import type { Call, KeyRange, StoredObject } from '../../src/provider/contract.ts';
import { codeOf, toProviderError } from './errors.ts';
import { etagOf } from './etag.ts';
import { hasRealParents, isOwn, type Layout } from './layout.ts';
import type { Store } from './store.ts';

/** Looked at in one go, before others get their turn. */
const filesPerTurn = 256;

/** A journal of that many bytes tells of some thousand objects: enough to be listed by a second thread, while this one goes on. */
const manyBytes = 256 * 1024;

/** A folder being walked: its key with `/` behind it (empty for the root), and what is left of it, in the order of keys. */
interface Frame {
  readonly folder: string;
  readonly key: string;
  readonly names: Iterator<string>;
}

/** In the order of keys. What is no plain file (links, sockets) is not listed, nor is our own folder. */
export async function* listObjects({ layout, lists }: Store, range: KeyRange, call: Call): AsyncIterable<StoredObject> {
  call.signal.throwIfAborted();
  try {
    if ((statSync(layout.objects, { throwIfNoEntry: false })?.size ?? 0) >= manyBytes) {
      yield* listPages(lists, { layout, range }, call);
      return;
    }
    let seen = 0;
    for (const object of walkObjects(layout, range)) {
      yield object;
      if (++seen % filesPerTurn > 0) continue;
      await nextTurn();
      call.signal.throwIfAborted();
    }
  } catch (error) {
    throw toProviderError(error, `list ${layout.root}`);
  }
}

/** A part of a listing, for a thread. */
export interface ListJob {
  readonly layout: Layout;
  readonly range: KeyRange;
}

/** So many objects come at once that the walk may be given up in between, and is never silent for long. */
const pageLength = 20_000;

export function listPage({ layout, range }: ListJob): StoredObject[] {
  const page: StoredObject[] = [];
  for (const object of walkObjects(layout, range)) {
    page.push(object);
    if (page.length === pageLength) break;
  }
  return page;
}

async function* listPages(lists: Store['lists'], { layout, range }: ListJob, call: Call): AsyncIterable<StoredObject> {
  let after = range.after;
  for (;;) {
    const page = await lists.run({ layout, range: after === undefined ? range : { ...range, after } });
    call.signal.throwIfAborted();
    yield* page;
    after = page.at(-1)?.key;
    if (page.length < pageLength) return;
  }
}

function* walkObjects(layout: Layout, range: KeyRange): Generator<StoredObject> {
  const first = openFirst(layout, range);
  const stack = first ? [first] : [];
  for (let frame = stack.at(-1); frame; frame = stack.at(-1)) {
    const { value: name, done } = frame.names.next();
    if (done) {
      stack.pop();
      continue;
    }
    const key = frame.key + name;
    if (name.endsWith('/')) {
      stack.push(openFrame(join(frame.folder, name), key, range));
      continue;
    }
    const found = lstatSync(join(frame.folder, name), { bigint: true, throwIfNoEntry: false });
    if (found?.isFile()) yield { key, size: Number(found.size), etag: etagOf(found) };
  }
}

/** The deepest folder that all keys of the prefix lie in; undefined when there is none. */
function openFirst(layout: Layout, range: KeyRange): Frame | undefined {
  const key = range.prefix.slice(0, range.prefix.lastIndexOf('/') + 1);
  const segments = key.split('/').slice(0, -1);
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..' || segment.includes('\0')))
    return;
  if (!hasRealParents(layout, key)) return undefined;
  return openFrame(join(layout.root, ...segments), key, range);
}

function openFrame(folder: string, key: string, range: KeyRange): Frame {
  const entries = readFolder(folder, key === '');
  const names = entries.flatMap((entry) =>
    entry.isDirectory() ? [`${entry.name}/`] : entry.isFile() ? [entry.name] : [],
  );
  const wanted = names.filter((name) => mayHold(key + name, range));
  return { folder, key, names: wanted.sort(compareUtf8).values() };
}

function readFolder(folder: string, isRoot: boolean): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    // Not written to yet, or removed while we walked; a file where the root should be is a mistake.
    if (codeOf(error) === 'ENOENT' || (codeOf(error) === 'ENOTDIR' && !isRoot)) return [];
    throw error;
  }
}

/** Whether a key, or any key below a folder (which ends in `/`), can be in the range. */
function mayHold(key: string, { prefix, after, until }: KeyRange): boolean {
  if (isOwn(key)) return false;
  const isFolder = key.endsWith('/');
  if (!key.startsWith(prefix) && !(isFolder && prefix.startsWith(key))) return false;
  if (after !== undefined && compareUtf8(key, after) <= 0 && !(isFolder && after.startsWith(key))) return false;
  return until === undefined || compareUtf8(key, until) <= 0;
}
