import type { ServingOrigin } from '../../src/provider/serving.ts';
import { flushAll } from './flush.ts';
import { type Layout, maxKeyBytes } from './layout.ts';
import { listObjects } from './list.ts';
import { createPlacer } from './place.ts';
import { headObject, readObject } from './read.ts';
import { removeObjects } from './remove.ts';
import { createServing } from './serving.ts';
import { createStore } from './store.ts';
import { createWriter } from './write.ts';

/** Objects as plain files in a folder. Opening touches nothing; the first write makes the folder. */
export function createLocalOrigin(layout: Layout, concurrency: number): ServingOrigin {
  const store = createStore(layout);
  const { write, copy } = createWriter(store, createPlacer(store));
  return {
    name: layout.name,
    traits: {
      listHash: 'none',
      // One walk is as fast as the disk; several side by side would read the same folders again.
      rangedList: false,
      concurrency,
      writeIntervalMs: 0,
      maxKeyBytes,
      maxObjectBytes: Number.MAX_SAFE_INTEGER,
      headers: 'any',
    },
    serving: createServing(store),
    list: (range, call) => listObjects(store, range, call),
    read: (key, call) => readObject(store, key, call),
    head: (key, call) => headObject(store, key, call),
    write,
    copy,
    remove: (keys, call) => removeObjects(store, keys, call),
    async close() {
      await Promise.all([store.copies.close(), store.lists.close()]);
      await flushAll();
    },
  };
}
