import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { localOrigin } from '../../providers/local/index.ts';
import { createMemoryOrigin } from '../../providers/memory/origin.ts';
import type { Origin } from '../../src/provider/contract.ts';
import { openAt } from '../providers/s3-open.ts';
import { startS3Server } from '../servers/s3.ts';
import { makeTree } from '../temp.ts';
import { readFolder } from './read-store.ts';
import { type Snapshot, snapshotMemory, snapshotServer } from './snapshot.ts';

/** A store that several runs open, each with a connection of its own. */
export interface RaceStore {
  open(): Promise<Origin>;
  snapshot(): Promise<Snapshot>;
}

/** By name; `clockOffsetMs` is how far the store's clock is ahead of its clients', where it has one of its own. */
export const raceStores: Readonly<Record<string, (clockOffsetMs?: number) => Promise<RaceStore>>> = {
  async memory(clockOffsetMs = 0) {
    const objects = createMemoryOrigin().objects;
    return {
      open: async () => createMemoryOrigin({ objects, clock: () => Date.now() + clockOffsetMs }),
      snapshot: async () => snapshotMemory(objects),
    };
  },
  async local() {
    const directory = makeTree();
    return {
      open: () => localOrigin.open(localOrigin.parse({ directory: 'cdn' }, 'origin'), { env: {}, directory }),
      snapshot: async () => readFolder(join(directory, 'cdn')),
    };
  },
  async S3(clockOffsetMs = 0) {
    const server = await startS3Server({ clockOffsetMs });
    onTestFinished(() => server.close());
    return {
      open: () => openAt(server.endpoint),
      snapshot: () => snapshotServer(server.objects('test-bucket'), 'site/'),
    };
  },
};

/** Holds who comes until so many have come. */
export class Gate {
  #missing: number;
  #open: () => void = () => {};
  readonly #opened = new Promise<void>((resolve) => {
    this.#open = resolve;
  });

  constructor(wanted: number) {
    this.#missing = wanted;
  }

  arrive(): void {
    if (--this.#missing === 0) this.#open();
  }

  /** Whoever waits has not arrived by that. */
  get opened(): Promise<void> {
    return this.#opened;
  }
}

/** An origin whose lock is not written before all have read the same live version. */
export function gated(origin: Origin, gate: Gate): Origin {
  let hasRead = false;
  return {
    ...origin,
    async read(key, call) {
      const found = await origin.read(key, call);
      if (key === '.waybill/live' && !hasRead) {
        hasRead = true;
        gate.arrive();
      }
      return found;
    },
    async write(object, call) {
      if (object.key === '.waybill/lock') await gate.opened;
      return origin.write(object, call);
    },
  };
}
