import { expect, test } from 'vitest';
import { createMemoryOrigin } from '../../../providers/memory/origin.ts';
import { ProviderError } from '../../../src/errors/errors.ts';
import { makeBody, readWhole } from '../../../src/provider/bytes.ts';
import { limitOrigin } from '../../../src/provider/limit.ts';
import { retryOrigin } from '../../../src/provider/retry.ts';

const call = { signal: new AbortController().signal };

test('a header taken away is not taken for done after a 503', async () => {
  let fails = 1;
  const memory = createMemoryOrigin({
    failOn: ({ kind }) => {
      if (kind === 'copy' && fails-- > 0) throw new ProviderError('unavailable', '503');
      return undefined;
    },
  });
  const origin = retryOrigin(memory, { budgetMs: 2000 });
  const body = makeBody(new TextEncoder().encode('x'));
  const spec = { key: 'k', sha256: body.sha256, size: 1, visibility: 'public' as const };
  const { etag } = await origin.write({ ...spec, headers: { a: '1', b: '2' }, body }, call);
  await origin.copy({ key: 'k', etag }, { ...spec, headers: { a: '1' } }, call);
  expect(memory.objects.get('k')?.headers).toEqual({ a: '1' });
});

test('same bytes under other headers are no success of a conditional write', async () => {
  const memory = createMemoryOrigin();
  const origin = retryOrigin(memory, { budgetMs: 100 });
  const body = makeBody(new TextEncoder().encode('x'));
  const spec = { key: 'k', sha256: body.sha256, size: 1, visibility: 'public' as const };
  await origin.write({ ...spec, headers: { a: '1' }, body }, call);
  await expect(origin.write({ ...spec, headers: { a: '2' }, body, ifMatch: null }, call)).rejects.toMatchObject({
    kind: 'conflict',
  });
});

test('a lock is renewed while uploads hold every place: a small private write does not wait behind slow uploads', async () => {
  const memory = createMemoryOrigin({ traits: { concurrency: 2 } });
  let open = () => {};
  const gate = new Promise<void>((r) => {
    open = r;
  });
  const slow = {
    ...memory,
    write: async (o: Parameters<typeof memory.write>[0], c: typeof call) => {
      if (o.visibility === 'public') await gate;
      return memory.write(o, c);
    },
  };
  const origin = limitOrigin(slow);
  const big = makeBody(new Uint8Array(10));
  const pending = [1, 2, 3, 4].map((n) =>
    origin.write(
      { key: `${n}`, sha256: big.sha256, size: 100 * 2 ** 20, headers: {}, visibility: 'public', body: big },
      call,
    ),
  );
  const lock = makeBody(new TextEncoder().encode('{}'));
  const done = await Promise.race([
    origin
      .write(
        { key: '.waybill/lock', sha256: lock.sha256, size: 2, headers: {}, visibility: 'private', body: lock },
        call,
      )
      .then(() => 'renewed'),
    new Promise((r) => setTimeout(r, 300, 'starved')),
  ]);
  open();
  await Promise.all(pending);
  expect(done).toBe('renewed');
});

test('the retry budget counts from the first failure, not from the wait for a turn', async () => {
  let fails = 1;
  const memory = createMemoryOrigin();
  const origin = retryOrigin(
    {
      ...memory,
      async head() {
        if (fails-- === 0) return undefined;
        await new Promise((done) => setTimeout(done, 600));
        throw new ProviderError('unavailable', '503');
      },
    },
    { budgetMs: 500 },
  );
  await expect(origin.head('k', call)).resolves.toBeUndefined();
});

test('a conflict with an earlier attempt of our own stands only once that was looked at', async () => {
  const faults: Record<string, ('lost' | 'before')[]> = { write: ['lost'], head: ['before', 'before'] };
  const memory = createMemoryOrigin({
    failOn: ({ kind }) => {
      const fault = faults[kind]?.shift();
      if (fault === 'before') throw new ProviderError('unavailable', 'reset');
      return fault === 'lost' ? new ProviderError('unavailable', 'reset') : undefined;
    },
  });
  const body = makeBody(new TextEncoder().encode('x'));
  const spec = { key: 'k', sha256: body.sha256, size: 1, headers: {}, visibility: 'public' as const, body };
  // The answer is lost, the look fails, the second write conflicts with the first, that look fails too, the third finds it.
  const { etag } = await retryOrigin(memory, { budgetMs: 5000 }).write({ ...spec, ifMatch: null }, call);
  expect(etag).toBe(memory.objects.get('k')?.etag);
});

test('a throttled write was not made, and the store is not asked about it', async () => {
  const kinds: string[] = [];
  let fails = 1;
  const memory = createMemoryOrigin({
    failOn: ({ kind }) => {
      kinds.push(kind);
      if (fails-- > 0) throw new ProviderError('throttled', 'SlowDown');
      return undefined;
    },
  });
  const body = makeBody(new TextEncoder().encode('x'));
  const spec = { key: 'k', sha256: body.sha256, size: 1, headers: {}, visibility: 'public' as const, body };
  await retryOrigin(memory, { budgetMs: 5000 }).write({ ...spec, ifMatch: null }, call);
  expect(kinds).toEqual(['write', 'write']);
});

test('a body that keeps breaking and keeps coming on outlasts the budget', async () => {
  const memory = createMemoryOrigin();
  const body = makeBody(new TextEncoder().encode('hello world'));
  const spec = { key: 'k', sha256: body.sha256, size: body.size, headers: {}, visibility: 'public' as const, body };
  await memory.write(spec, call);
  let reads = 0;
  const origin = retryOrigin(
    {
      ...memory,
      async read(key, c) {
        const found = await memory.read(key, c);
        const end = 1 + 2 * reads++;
        async function* cut(bytes: AsyncIterable<Uint8Array>) {
          for await (const chunk of bytes) yield chunk.subarray(0, end);
          if (end < body.size) throw new ProviderError('unavailable', 'reset');
        }
        return found && { ...found, body: cut(found.body) };
      },
    },
    // Less than the pauses before the second attempts of all six breaks together.
    { budgetMs: 350 },
  );
  const found = await readWhole(origin, 'k', call);
  expect(new TextDecoder().decode(found?.bytes)).toBe('hello world');
  expect(reads).toBeGreaterThan(4);
});
