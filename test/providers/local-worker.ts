/** Run as a process of its own by local-processes.test.ts: `node worker.mjs <directory> <task> <name>`; prints what it did. */
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { localEdge } from '../../providers/local/index.ts';
import { ProviderError } from '../../src/errors/errors.ts';
import { calm, collect, toObject, toText } from '../contract/body.ts';
import { openLocal } from './local-open.ts';

const [, , directory = '', task = '', name = ''] = process.argv;
const origin = openLocal(directory);

const isConflict = (error: unknown) => error instanceof ProviderError && error.kind === 'conflict';

const tasks: Record<string, () => Promise<unknown>> = {
  /** Which of the keys this process was the first to write. */
  async claim() {
    const won: string[] = [];
    const claim = async (key: string) => {
      try {
        await origin.write(toObject(key, name, { ifMatch: null }), calm());
        won.push(key);
      } catch (error) {
        if (!isConflict(error)) throw error;
      }
    };
    await Promise.all(
      Array.from({ length: 40 }, (_, i) => claim(i % 2 === 0 ? `claims/${i}` : `.waybill/claims/${i}`)),
    );
    return won;
  },
  /** Adds 25 to a number, one by one, with compare-and-swap. */
  async count() {
    for (let done = 0; done < 25; ) {
      const found = await origin.read('.waybill/count', calm());
      const text = await toText(found);
      const next = toObject('.waybill/count', String(Number(text) + 1), { ifMatch: found?.etag ?? null });
      await origin.write(next, calm()).then(
        () => done++,
        (error: unknown) => {
          if (!isConflict(error)) throw error;
        },
      );
    }
  },
  /** Writes the same 200 keys over and over, each time with other bytes, until it is killed. */
  async rewrite() {
    for (let round = 0; ; round++) {
      const work = Array.from({ length: 200 }, (_, i) => origin.write(toObject(`k/${i}`, `${name} ${round}`), calm()));
      await Promise.all(work);
      if (round === 0) process.stdout.write('ready\n');
    }
  },
  /** Creates and removes files in folders that others use too. */
  async churn() {
    for (let round = 0; round < 40; round++) {
      const keys = Array.from({ length: 5 }, (_, i) => `churn/${i}/${name}`);
      await Promise.all(keys.map((key) => origin.write(toObject(key, name), calm())));
      await origin.remove(keys, calm());
    }
  },
  async invalidate() {
    const [edge] = await localEdge.open({ directory: 'cdn', prefix: '', concurrency: 1 }, { env: {}, directory });
    for (let i = 0; i < 50; i++) {
      const request = { url: 'http://127.0.0.1/', items: [`/${name}/${i}`], nonce: `${name}-${i}` };
      await edge?.invalidate(request, calm());
    }
  },
  /** How often the program `sync` was run: after 100 assets and a state document, after live, after closing. */
  async flush() {
    const counts: number[] = [];
    const look = () => counts.push(existsSync(name) ? readFileSync(name, 'utf8').trim().split('\n').length : 0);
    await Promise.all(Array.from({ length: 100 }, (_, i) => origin.write(toObject(`a/${i}`, 'x'), calm())));
    await origin.write(toObject('.waybill/lock', 'x'), calm());
    look();
    await origin.write(toObject('.waybill/live', 'x'), calm());
    look();
    await Promise.all(Array.from({ length: 100 }, (_, i) => origin.write(toObject(`b/${i}`, 'x'), calm())));
    await origin.close?.();
    look();
    await origin.close?.();
    look();
    return counts;
  },
  /** What a user without permission is told. */
  async denied() {
    const tell = (work: Promise<unknown>) =>
      work.then(
        () => 'allowed',
        (error: unknown) => (error instanceof ProviderError ? `${error.kind}: ${error.message} ${error.hint}` : error),
      );
    return [
      await tell(origin.write(toObject('new/key', 'x'), calm())),
      await tell(origin.read('closed/a', calm()).then((body) => body && toText(body))),
      await tell(collect(origin.list({ prefix: '' }, calm()))),
    ];
  },
  /** Holds the mutex until it is killed. */
  async hang() {
    await origin.write(toObject('a', '1'), calm());
    const { Mutex } = await import('../../providers/local/mutex.ts');
    await new Mutex(`${directory}/cdn/.waybill/local/mutex`, () => undefined).run(() => {
      process.stdout.write('ready\n');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
    });
    await sleep(0);
  },
};

const result = await tasks[task]?.();
process.stdout.write(`${JSON.stringify(result ?? null)}\n`);
