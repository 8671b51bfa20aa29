import { describe, expect, test } from 'vitest';
import { createMemoryOrigin, type MemoryOperation } from '../../../providers/memory/origin.ts';
import { ProviderError } from '../../../src/errors/errors.ts';
import { makeBody, readWhole } from '../../../src/provider/bytes.ts';
import type { Call, NewObject, Origin } from '../../../src/provider/contract.ts';
import { limitOrigin } from '../../../src/provider/limit.ts';
import { readonlyOrigin } from '../../../src/provider/readonly.ts';
import { retryOrigin } from '../../../src/provider/retry.ts';

const call: Call = { signal: new AbortController().signal };
const unavailable = () => new ProviderError('unavailable', 'connection reset');

function object(key: string, text: string, ifMatch?: string | null): NewObject {
  const body = makeBody(new TextEncoder().encode(text));
  const { sha256, size } = body;
  return {
    key,
    body,
    sha256,
    size,
    headers: { a: 'b' },
    visibility: 'public',
    ...(ifMatch === undefined ? {} : { ifMatch }),
  };
}

/** An origin whose writes fail as `faults` say, one after the other; and the same behind the retry wrapper. */
function setUp(faults: Partial<Record<MemoryOperation['kind'], ('before' | 'lost' | 'ok')[]>>) {
  const memory = createMemoryOrigin({
    failOn: ({ kind }) => {
      const fault = faults[kind]?.shift();
      if (fault === 'before') throw unavailable();
      return fault === 'lost' ? unavailable() : undefined;
    },
  });
  const retries: string[] = [];
  const origin = retryOrigin(memory, { budgetMs: 3000, onRetry: (retry) => retries.push(retry.operation) });
  return { memory, origin, retries };
}

describe('conditional writes', () => {
  test('a lost answer is read back and is success, not a conflict', async () => {
    const { origin, memory, retries } = setUp({ write: ['lost'] });
    const { etag } = await origin.write(object('a', '1', null), call);
    expect(etag).toBe(memory.objects.get('a')?.etag);
    expect(retries).toEqual([]);
  });

  test('one that failed before it took effect is repeated under the same condition', async () => {
    const { origin, memory, retries } = setUp({ write: ['before', 'before'] });
    await origin.write(object('a', '1', null), call);
    expect(memory.objects.has('a')).toBe(true);
    expect(retries).toHaveLength(2);
  });

  test('when somebody else wrote in between it is a conflict, and their object stays', async () => {
    const { origin, memory } = setUp({});
    await memory.write(object('a', 'theirs'), call);
    await expect(origin.write(object('a', 'mine', null), call)).rejects.toMatchObject({ kind: 'conflict' });
    expect(new TextDecoder().decode((await readWhole(origin, 'a', call))?.bytes)).toBe('theirs');
  });

  test('a failed write whose condition no longer holds is not repeated', async () => {
    const { origin, memory } = setUp({ write: ['ok', 'before'] });
    await memory.write(object('a', 'theirs'), call);
    await expect(origin.write(object('a', 'mine', 'old-etag'), call)).rejects.toMatchObject({ kind: 'conflict' });
  });
});

test('a copy whose answer was lost is not made twice', async () => {
  const { origin, memory } = setUp({ copy: ['lost'] });
  const { etag } = await memory.write(object('a', '1'), call);
  const { key: _, body: __, ...spec } = object('b', '1');
  const copied = await origin.copy({ key: 'a', etag }, { key: 'b', ...spec }, call);
  expect(copied.etag).toBe(memory.objects.get('b')?.etag);
});

test('what is refused for good is not repeated', async () => {
  let calls = 0;
  const memory = createMemoryOrigin({
    failOn: () => {
      calls++;
      throw new ProviderError('auth', 'denied');
    },
  });
  await expect(retryOrigin(memory, { budgetMs: 1000 }).head('a', call)).rejects.toMatchObject({ kind: 'auth' });
  expect(calls).toBe(1);
});

test('the budget bounds how long an operation is retried', async () => {
  const memory = createMemoryOrigin({
    failOn: () => {
      throw unavailable();
    },
  });
  const started = performance.now();
  await expect(retryOrigin(memory, { budgetMs: 700 }).head('a', call)).rejects.toMatchObject({ exitCode: 7 });
  expect(performance.now() - started).toBeLessThan(1500);
});

test('a signal ends the waiting at once, with its own reason', async () => {
  const controller = new AbortController();
  const reason = new Error('stop');
  const memory = createMemoryOrigin({
    failOn: () => {
      throw new ProviderError('throttled', 'slow down', { retryAfterMs: 20_000 });
    },
  });
  const running = retryOrigin(memory, { budgetMs: 60_000 }).head('a', { signal: controller.signal });
  setTimeout(() => controller.abort(reason), 50);
  await expect(running).rejects.toBe(reason);
});

/** An origin whose listing and bodies break once, half-way. */
function breaking(memory: Origin): Origin {
  let broken = 0;
  async function* cut<T>(items: AsyncIterable<T>, at: number): AsyncIterable<T> {
    let count = 0;
    for await (const item of items) {
      if (count++ === at && broken++ < 1) throw unavailable();
      yield item;
    }
  }
  return {
    ...memory,
    list: (range, c) => cut(memory.list(range, c), 3),
    read: async (key, c) => {
      const found = await memory.read(key, c);
      return found && { ...found, body: cut(bytewise(found.body), 2) };
    },
  };
}

async function* bytewise(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  for await (const chunk of body) for (const byte of chunk) yield Uint8Array.of(byte);
}

test('a listing that breaks half-way goes on behind its last key', async () => {
  const memory = createMemoryOrigin();
  for (const key of ['a', 'b', 'c', 'd', 'e']) await memory.write(object(key, key), call);
  const keys: string[] = [];
  for await (const { key } of retryOrigin(breaking(memory), { budgetMs: 3000 }).list({ prefix: '' }, call))
    keys.push(key);
  expect(keys).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('a body that breaks half-way is whole in the end', async () => {
  const memory = createMemoryOrigin();
  await memory.write(object('a', 'hello'), call);
  const found = await readWhole(retryOrigin(breaking(memory), { budgetMs: 3000 }), 'a', call);
  expect(new TextDecoder().decode(found?.bytes)).toBe('hello');
});

test('writes of one key keep the interval that the store asks for', async () => {
  const origin = limitOrigin(createMemoryOrigin({ traits: { writeIntervalMs: 150 } }));
  const started = performance.now();
  await origin.write(object('a', '1'), call);
  await origin.write(object('b', '1'), call);
  expect(performance.now() - started).toBeLessThan(140);
  await origin.write(object('a', '2'), call);
  expect(performance.now() - started).toBeGreaterThanOrEqual(149);
});

test('trap 12: a read-only origin throws on every write', async () => {
  const origin = readonlyOrigin(createMemoryOrigin());
  const { body: _, ...spec } = object('a', '1');
  await expect(origin.write(object('a', '1'), call)).rejects.toMatchObject({ code: 'INTERNAL' });
  await expect(origin.copy({ key: 'a', etag: 'e' }, spec, call)).rejects.toMatchObject({ code: 'INTERNAL' });
  await expect(origin.remove(['a'], call)).rejects.toMatchObject({ code: 'INTERNAL' });
});
