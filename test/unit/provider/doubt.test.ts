import { expect, test } from 'vitest';
import { createMemoryOrigin } from '../../../providers/memory/origin.ts';
import { ProviderError } from '../../../src/errors/errors.ts';
import { makeBody } from '../../../src/provider/bytes.ts';
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
