import { describe, expect, test } from 'vitest';
import { createMemoryOrigin } from '../../../providers/memory/origin.ts';
import { type Refusals, removeKeys } from '../../../src/apply/removal.ts';
import { PlanError, ProviderError } from '../../../src/errors/errors.ts';
import type { Lock } from '../../../src/manifest/lock.ts';
import { makeBody } from '../../../src/provider/bytes.ts';
import type { Call, Origin } from '../../../src/provider/contract.ts';

const call: Call = { signal: new AbortController().signal };
const held: Lock = { check: () => undefined, release: async () => undefined };

async function fill(origin: Origin, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    const body = makeBody(new TextEncoder().encode(key));
    await origin.write({ key, body, sha256: body.sha256, size: body.size, headers: {}, visibility: 'public' }, call);
  }
}

async function run(origin: Origin, keys: readonly string[], lock = held) {
  const refusals: Refusals = { keys: [], reasons: new Set(), cause: undefined };
  const removed: string[] = [];
  const onRemoved = (gone: readonly string[]): void => void removed.push(...gone);
  await removeKeys(origin, keys, { call, lock, onRemoved }, refusals);
  return { removed, refusals };
}

describe('removeKeys', () => {
  const keys = Array.from({ length: 2500 }, (_, index) => `k/${index}`);

  test('a removal under way is broken off when the lease is lost', async () => {
    let isLost = false;
    const lock: Lock = {
      ...held,
      check() {
        if (isLost) throw new PlanError('LOCK_LOST', 'lost');
      },
    };
    const origin: Origin = {
      ...createMemoryOrigin(),
      // A store that answers late: only the signal ends the wait.
      remove: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          isLost = true;
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        }),
    };
    await expect(run(origin, ['a'], lock)).rejects.toMatchObject({ code: 'LOCK_LOST' });
    await expect(run(createMemoryOrigin(), ['a'], lock)).rejects.toMatchObject({ code: 'LOCK_LOST' });
  });

  test('an answer that got lost is no refusal', async () => {
    const origin = createMemoryOrigin({
      failOn: ({ kind, key }) =>
        kind === 'remove' && key === 'k/9' ? new ProviderError('unavailable', 'lost') : undefined,
    });
    const some = keys.slice(0, 10);
    await fill(origin, some);
    const { removed, refusals } = await run(origin, some);
    expect(removed).toEqual(some);
    expect(refusals).toEqual({ keys: [], reasons: new Set(), cause: undefined });
  });

  test('after a batch of which nothing went, no other is tried', async () => {
    let tries = 0;
    const memory = createMemoryOrigin();
    const origin: Origin = {
      ...memory,
      async remove(batch, ...rest) {
        tries++;
        if (batch.includes('k/0')) return memory.remove(batch, ...rest);
        throw new ProviderError('auth', 'No.');
      },
    };
    await fill(memory, keys);
    const { removed, refusals } = await run(origin, keys);
    expect(tries).toBe(2);
    expect(removed).toEqual(keys.slice(0, 1000));
    expect(refusals.keys).toEqual(keys.slice(1000));
    expect(refusals.reasons).toEqual(new Set(['No.']));
  });
});
