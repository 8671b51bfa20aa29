import { type BigIntStats, linkSync, lstatSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf, conflict, rejected, toProviderError } from './errors.ts';
import { etagOf } from './etag.ts';
import { flushLater } from './flush.ts';
import { hasRealParents, isState, makeParents, refuseLink } from './layout.ts';
import type { KeyRecord } from './records.ts';
import type { Store } from './store.ts';

/** A whole body in a temporary file, to be put at its key. */
export interface Placement {
  readonly temporary: string;
  /** Of the key. */
  readonly path: string;
  readonly record: KeyRecord;
  readonly ifMatch?: string | null;
  readonly signal: AbortSignal;
}

/** How long a folder that was looked at is taken to be a real folder still. */
const trustMs = 250;

interface Waiting extends Placement {
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Gives a function that puts bodies at their keys. Those that are ready together go in one section of the mutex, with one append to
 * the journal. It rejects with kind `conflict` when `ifMatch` does not hold; the temporary file is then left to the caller.
 */
export function createPlacer(store: Store): (placement: Placement) => Promise<void> {
  let waiting: Waiting[] = [];
  const known = new Set<string>();
  let knownSince = 0;

  async function placeWaiting(): Promise<void> {
    const batch = waiting;
    waiting = [];
    if (performance.now() - knownSince > trustMs) {
      known.clear();
      knownSince = performance.now();
    }
    try {
      await store.mutex.run(() => {
        for (const group of groupByDistinctKeys(batch)) placeGroup(store, group, known);
      });
    } catch (error) {
      for (const { record, failed } of batch) failed(toProviderError(error, `write ${record.key}`));
    }
  }

  return (placement) =>
    new Promise((done, failed) => {
      waiting.push({ ...placement, done, failed });
      // After the writes of this turn of the event loop have joined.
      if (waiting.length === 1) setImmediate(() => void placeWaiting());
    });
}

/** A condition on a key can only be looked at when what came before it at that key is in place. */
function groupByDistinctKeys(batch: readonly Waiting[]): Waiting[][] {
  const groups: Waiting[][] = [];
  let keys = new Set<string>();
  for (const item of batch) {
    const last = groups.at(-1);
    if (last && !keys.has(item.record.key)) last.push(item);
    else {
      groups.push([item]);
      keys = new Set();
    }
    keys.add(item.record.key);
  }
  return groups;
}

/** Under the mutex. Conditions first, then the records, then the files: nobody sees a body whose record is missing. */
function placeGroup(store: Store, group: readonly Waiting[], known: Set<string>): void {
  const ready = group.filter((item) =>
    attempt(item, () => {
      item.signal.throwIfAborted();
      checkTarget(store, item, known);
    }),
  );
  if (ready.length === 0) return;
  store.records.append(ready.map(({ record }) => record));
  for (const item of ready) {
    if (attempt(item, () => moveIn(store, item, known))) item.done();
  }
}

function attempt(item: Waiting, step: () => void): boolean {
  try {
    step();
    return true;
  } catch (error) {
    item.failed(toProviderError(error, `write ${item.record.key}`));
    return false;
  }
}

function checkTarget(store: Store, { path, record, ifMatch }: Placement, known: Set<string>): void {
  const { layout } = store;
  const { key } = record;
  if (typeof ifMatch === 'string') {
    const found = hasRealParents(layout, key) ? lstat(path) : undefined;
    if (!found?.isFile() || etagOf(found) !== ifMatch) throw conflict(key);
  }
  makeKnownParents(store, key, known);
  const found = lstat(path);
  if (found?.isSymbolicLink()) refuseLink(layout, path);
  if (found?.isDirectory()) clearFolder(store, key, path);
  else if (found && ifMatch === null) throw conflict(key);
}

function makeKnownParents({ layout }: Store, key: string, known: Set<string>): void {
  let made: string[];
  try {
    made = makeParents(layout, key, known);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    // Another process pruned a folder since it was looked at.
    known.clear();
    made = makeParents(layout, key, known);
  }
  for (const folder of made) flushLater(layout.root, dirname(folder));
}

/** An empty folder is nothing; one with something in it keeps its name. */
function clearFolder({ layout }: Store, key: string, path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error;
    const message = `${layout.name} cannot hold ${JSON.stringify(key)}: ${path} is a folder with files in it.`;
    throw rejected(message, 'A file system cannot hold both `a` and `a/b`. Rename one of them, or remove the old one.');
  }
}

function moveIn(store: Store, item: Placement, known: Set<string>): void {
  const { path, record } = item;
  try {
    rename(item);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    // Known from before, and pruned since.
    known.clear();
    makeKnownParents(store, record.key, known);
    rename(item);
  }
  const { root, own, objects } = store.layout;
  for (const written of [path, dirname(path), own, objects]) flushLater(root, written);
}

function rename({ record, temporary, path, ifMatch }: Placement): void {
  // An asset was seen to be absent a moment ago, under the mutex. For state, where more hangs on it, the system itself makes sure.
  if (ifMatch === null && isState(record.key)) linkIn(record.key, temporary, path);
  else renameSync(temporary, path);
}

/** Fails where somebody who does not know our mutex was faster. */
function linkIn(key: string, temporary: string, path: string): void {
  try {
    linkSync(temporary, path);
    unlinkSync(temporary);
  } catch (error) {
    const code = codeOf(error) ?? '';
    if (code === 'EEXIST') throw conflict(key);
    // File systems without hard links: the mutex alone has to do.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) throw error;
    renameSync(temporary, path);
  }
}

function lstat(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}
