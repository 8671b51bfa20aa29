import { describe, expect, test } from 'vitest';
import { createMemoryOrigin, type MemoryOperation, memoryOrigin } from '../../providers/memory/index.ts';
import { calm, collect, toObject, toText } from '../contract/body.ts';

const context = { env: {}, directory: '/' };
const open = (raw: unknown) => memoryOrigin.open(memoryOrigin.parse(raw, 'origin'), context);

describe('memory provider', () => {
  test('two opens of one name see one store, other names and prefixes do not', async () => {
    const first = await open({ name: 'shared', prefix: '/a/' });
    await first.write(toObject('k', 'v'), calm());
    expect(await toText(await (await open({ name: 'shared', prefix: 'a' })).read('k', calm()))).toBe('v');
    expect(await (await open({ name: 'other', prefix: 'a' })).read('k', calm())).toBeUndefined();
    expect(await (await open({ name: 'shared', prefix: 'b' })).read('k', calm())).toBeUndefined();
    expect(await collect((await open({ name: 'shared' })).list({ prefix: 'a/' }, calm()))).toHaveLength(1);
  });

  test('a location is the name and the prefix without slashes', () => {
    const options = memoryOrigin.parse({ name: 'n', prefix: '/a/b/' }, 'origin');
    expect(memoryOrigin.locate(options, '/')).toEqual({ store: 'memory:n', prefix: 'a/b' });
  });

  test('an unknown option is named with its path', () => {
    expect(() => memoryOrigin.parse({ nmae: 'x' }, 'environments.dev.origin')).toThrow(
      /environments\.dev\.origin.*nmae/s,
    );
  });
});

describe('failOn', () => {
  test('an error that is thrown comes before the effect, one that is returned after it', async () => {
    const seen: MemoryOperation[] = [];
    const origin = createMemoryOrigin({
      failOn(operation) {
        seen.push(operation);
        if (operation.key === 'refused') throw new Error('refused');
        return operation.key === 'lost' ? new Error('answer lost') : undefined;
      },
    });
    await expect(origin.write(toObject('refused', '1'), calm())).rejects.toThrow('refused');
    await expect(origin.write(toObject('lost', '2'), calm())).rejects.toThrow('answer lost');
    expect([...origin.objects.keys()]).toEqual(['lost']);
    await origin.write(toObject('fine', '3'), calm());
    await expect(origin.remove(['fine', 'lost', 'never reached'], calm())).rejects.toThrow('answer lost');
    expect([...origin.objects.keys()]).toEqual([]);
    expect(seen.map(({ kind, key, index }) => `${index} ${kind} ${key}`)).toEqual([
      '0 write refused',
      '1 write lost',
      '2 write fine',
      '3 remove fine',
      '4 remove lost',
    ]);
  });

  test('the clock and the traits are arguments', async () => {
    let now = 1000;
    const origin = createMemoryOrigin({ clock: () => now, traits: { writeIntervalMs: 1000 } });
    await origin.write(toObject('k', 'v'), calm());
    now = 4000;
    expect((await origin.read('k', calm()))?.ageMs).toBe(3000);
    expect(origin.traits).toMatchObject({ writeIntervalMs: 1000, concurrency: 64 });
  });
});
