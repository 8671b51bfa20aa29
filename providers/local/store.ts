import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { StoredObject } from '../../src/provider/contract.ts';
import { Thread } from '../../src/provider/thread.ts';
import { codeOf } from './errors.ts';
import { type Layout, makeOwn } from './layout.ts';
import { type ListJob, listPage } from './list.ts';
import { Mutex } from './mutex.ts';
import { Records } from './records.ts';
import type { WriteJob } from './write-job.ts';

/** What the operations of one opened origin share. */
export interface Store {
  readonly layout: Layout;
  readonly records: Records;
  readonly mutex: Mutex;
  /** Copies files to temporary ones; undefined for those that it could not, as their bodies will tell. */
  readonly copies: Thread<WriteJob, string | undefined>;
  readonly lists: Thread<ListJob, readonly StoredObject[]>;
  /** A path for a body that is not in place yet; its folder is there. */
  newTemporary(): string;
}

/** No body takes so long between two of its chunks. */
const abandonedMs = 3_600_000;

/** A quarter of the writes that are under way at once unless said. */
const copiesAMessage = 16;

/** How often it is made sure that our own folder is still there. */
const checkMs = 20;

/** Touches nothing yet, so that a plan creates nothing. */
export function createStore(layout: Layout): Store {
  const run = randomBytes(6).toString('hex');
  let count = 0;
  let checkedAt = Number.NEGATIVE_INFINITY;
  const prepare = () => {
    makeOwn(layout);
    removeAbandoned(layout.temporary);
  };
  return {
    layout,
    records: new Records(layout),
    mutex: new Mutex(layout.mutex, prepare),
    lists: new Thread<ListJob, readonly StoredObject[]>('providers/local/list-thread', listPage),
    copies: new Thread<WriteJob, string | undefined>('providers/local/write-thread', () => undefined, copiesAMessage),
    newTemporary() {
      const now = performance.now();
      const isFirst = count === 0;
      if (isFirst || (now - checkedAt > checkMs && !existsSync(layout.temporary))) prepare();
      checkedAt = now;
      return join(layout.temporary, `${run}-${count++}`);
    },
  };
}

function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    try {
      if (Date.now() - statSync(path).mtimeMs > abandonedMs) unlinkSync(path);
    } catch (error) {
      // Another run cleared it, or has just put it in place.
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
}
