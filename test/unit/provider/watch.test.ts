import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createMemoryOrigin } from '../../../providers/memory/origin.ts';
import { ProviderError } from '../../../src/errors/errors.ts';
import { makeBody } from '../../../src/provider/bytes.ts';
import type { Call, Edge, Origin } from '../../../src/provider/contract.ts';
import { limitOrigin } from '../../../src/provider/limit.ts';
import { watchEdge, watchOrigin } from '../../../src/provider/watch.ts';

const call: Call = { signal: new AbortController().signal };
const patience = { stallMs: 1_000 };
const stalled = { kind: 'unavailable', message: expect.stringContaining('nothing has moved for') };
const never = (): Promise<never> => new Promise(() => undefined);

function object(size: number) {
  const body = makeBody(new Uint8Array(size));
  return { key: 'k', sha256: body.sha256, size, headers: {}, visibility: 'public', body } as const;
}

/** How an operation ends within a minute of the fake clock. */
async function outcome(running: Promise<unknown>, forMs = 60_000): Promise<unknown> {
  let result: unknown = 'still running';
  running.then(
    (value) => {
      result = { value };
    },
    (error: unknown) => {
      result = error;
    },
  );
  for (let passed = 0; passed < forMs && result === 'still running'; passed += 100) {
    await vi.advanceTimersByTimeAsync(100);
  }
  return result;
}

describe('what does not move', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  /** An origin that never answers and does not listen to its signal either. */
  const deaf: Origin = {
    ...createMemoryOrigin(),
    read: never,
    head: never,
    write: never,
    copy: never,
    remove: never,
    list: () => ({ [Symbol.asyncIterator]: () => ({ next: never, return: never }) }),
  };
  const { body: _, ...spec } = object(0);
  const first = (items: AsyncIterable<unknown>) => items[Symbol.asyncIterator]().next();
  const operations: Readonly<Record<string, (origin: Origin) => Promise<unknown>>> = {
    list: (origin) => first(origin.list({ prefix: '' }, call)),
    read: (origin) => origin.read('k', call),
    head: (origin) => origin.head('k', call),
    write: (origin) => origin.write(object(10), call),
    copy: (origin) => origin.copy({ key: 'a', etag: 'e' }, spec, call),
    remove: (origin) => origin.remove(['a'], call),
  };

  test.each(Object.entries(operations))('%s is given up, even if the provider does not listen', async (_name, run) => {
    expect(await outcome(run(watchOrigin(deaf, patience)))).toMatchObject(stalled);
  });

  test('a provider that listens is told why', async () => {
    let reason: unknown;
    const origin: Origin = {
      ...createMemoryOrigin(),
      async head(_key, { signal }) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        reason = signal.reason;
        throw signal.reason;
      },
    };
    expect(await outcome(watchOrigin(origin, patience).head('k', call))).toMatchObject(stalled);
    expect(reason).toBeInstanceOf(ProviderError);
  });

  test('a body is given up in the middle, while its reader waits', async () => {
    async function* half(): AsyncIterable<Uint8Array> {
      yield new Uint8Array(5);
      await never();
    }
    const memory = createMemoryOrigin();
    const read = async () => ({ etag: 'e', size: 10, ageMs: 0, body: half() });
    const found = await watchOrigin({ ...memory, read }, patience).read('k', call);
    let given = 0;
    const reading = (async () => {
      for await (const chunk of found?.body ?? []) given += chunk.length;
    })();
    expect(await outcome(reading)).toMatchObject(stalled);
    expect(given).toBe(5);
  });

  test('an edge', async () => {
    const edge = { name: 'e', traits: {}, invalidate: never, settled: never } as unknown as Edge;
    const request = { url: 'https://cdn.example/', items: ['/a', '/b'], nonce: 'n' };
    expect(await outcome(watchEdge(edge, patience).invalidate(request, call))).toMatchObject(stalled);
    expect(await outcome(watchEdge(edge, patience).settled?.('i', call) ?? never())).toMatchObject(stalled);
  });

  test('a process that stood still blames nobody for it', async () => {
    const origin: Origin = { ...createMemoryOrigin(), head: () => new Promise((r) => setTimeout(r, 1_300, undefined)) };
    const looking = watchOrigin(origin, patience).head('k', call);
    const real = performance.now.bind(performance);
    // The timer fires in a process that has just been woken.
    vi.spyOn(performance, 'now').mockImplementation(() => real() + 5_000);
    expect(await outcome(looking)).toEqual({ value: undefined });
    vi.restoreAllMocks();
  });
});

describe('what moves', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
  afterEach(() => void vi.useRealTimers());
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  test.each(['onBytes', 'onProgress', 'onWait'] as const)('may take as long as it likes: %s', async (told) => {
    const origin: Origin = {
      ...createMemoryOrigin(),
      async head(_key, c) {
        for (let i = 0; i < 20; i++) {
          await pause(900);
          c[told]?.(1);
        }
        return undefined;
      },
    };
    expect(await outcome(watchOrigin(origin, patience).head('k', call))).toEqual({ value: undefined });
  });

  test('large uploads and copies have time in proportion', async () => {
    const memory = createMemoryOrigin();
    const origin = watchOrigin(
      {
        ...memory,
        write: () => pause(100_000).then(() => ({ etag: 'e' })),
        copy: () => pause(100_000).then(() => ({ etag: 'e' })),
      },
      patience,
    );
    const { body: _, ...spec } = object(0);
    const large = { ...spec, size: 2 ** 30 };
    expect(await outcome(origin.write(object(8 * 2 ** 20), call), 200_000)).toEqual({ value: { etag: 'e' } });
    expect(await outcome(origin.copy({ key: 'a', etag: 'e' }, large, call), 200_000)).toEqual({ value: { etag: 'e' } });
    expect(await outcome(origin.write(object(100), call), 200_000)).toMatchObject(stalled);
  });

  test('a pause between two attempts of a part is ours', async () => {
    const origin = watchOrigin(
      {
        ...createMemoryOrigin(),
        write: async (_object, { again }) => ({ etag: (await again?.(async () => 'e')) ?? '' }),
      },
      patience,
    );
    const again = async <T>(attempt: () => Promise<T>): Promise<T> => {
      await attempt();
      await pause(30_000);
      return attempt();
    };
    expect(await outcome(origin.write(object(10), { ...call, again }))).toEqual({ value: { etag: 'e' } });
  });

  test('a place that is waited for is no stall', async () => {
    const memory = createMemoryOrigin({ traits: { concurrency: 1 } });
    const origin = limitOrigin(
      watchOrigin({ ...memory, head: async () => void (await pause(800)) as undefined }, patience),
    );
    const all = Promise.all(Array.from({ length: 10 }, (_, i) => origin.head(`k${i}`, call)));
    expect(await outcome(all)).toEqual({ value: Array(10).fill(undefined) });
  });
});

test('a run that is stopped ends with its own reason, and nothing of the watch is left on its signal', async () => {
  const stop = new AbortController();
  const origin = watchOrigin({
    ...createMemoryOrigin(),
    head: async (_key, { signal }) => {
      await sleep(60_000, undefined, { signal }).catch(() => signal.throwIfAborted());
      return undefined;
    },
  });
  const looking = origin.head('k', { signal: stop.signal });
  const reason = new Error('stop');
  setTimeout(() => stop.abort(reason), 20);
  await expect(looking).rejects.toBe(reason);
});

test('a write of a run that has lost its lock is not sent, after whatever it waited for', async () => {
  const memory = createMemoryOrigin({ traits: { concurrency: 1 } });
  const origin = limitOrigin(memory);
  let isLost = false;
  const mayWrite = (): void => {
    if (isLost) throw new Error('lost');
  };
  const first = origin.head('x', call).then(() => {
    isLost = true;
  });
  await expect(origin.write(object(10), { ...call, mayWrite })).rejects.toThrow('lost');
  await first;
  expect(memory.objects.size).toBe(0);
});
