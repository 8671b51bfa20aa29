import { expect } from 'vitest';
import { compareUtf8 } from '../../src/byte-order.ts';
import type { Origin } from '../../src/provider/contract.ts';
import { calm, collect, inParallel, toObject, toText } from './body.ts';
import { check } from './gap.ts';
import type { Suite } from './origin.ts';

const odd = [
  'odd/a b.txt',
  'odd/100%.txt',
  'odd/100%25.txt',
  'odd/%2Fslash',
  'odd/a+b.txt',
  'odd/#hash?query=1&x.js',
  "odd/~(x)'!*.txt",
  'odd/@scope/x:y;z,w.js',
  'odd/[id]/{slug}/$name=^`|"<>.js',
  'odd/ leading and trailing ',
  'odd/-dash',
  'odd/.dotfile',
  'odd/...',
  'odd/žluť/日本語.txt',
  'odd/emoji 👩‍👩‍👧.svg',
  'odd/\uFFFD\uE000',
];

export function describeKeys(suite: Suite): void {
  check(suite, 'odd names are written, listed, read, copied and removed as they are', ({ origin }) =>
    roundTrip(origin, odd),
  );

  check(suite, 'a key as long as the store allows', async ({ origin }) => {
    const segment = `${'k'.repeat(99)}/`;
    const long = segment.repeat(Math.floor(origin.traits.maxKeyBytes / segment.length));
    await roundTrip(origin, [long + 'x'.repeat(origin.traits.maxKeyBytes - long.length)]);
  });

  check(
    suite,
    'composed and decomposed letters are two keys',
    ({ origin }) => roundTrip(origin, ['nf/\u00e9', 'nf/e\u0301']),
    {
      gap: 'normal forms of keys',
    },
  );

  check(suite, 'upper and lower case are two keys', ({ origin }) => roundTrip(origin, ['case/A', 'case/a']), {
    gap: 'normal forms of keys',
  });

  check(
    suite,
    'a backslash is a character like others',
    ({ origin }) => roundTrip(origin, ['back\\slash', 'back/slash']),
    {
      gap: 'backslashes in keys',
    },
  );

  check(
    suite,
    'tab and control characters in keys',
    ({ origin }) => roundTrip(origin, ['tab/\t', 'tab/\u0001', 'tab/\u007f']),
    {
      gap: 'control characters in keys',
    },
  );

  check(
    suite,
    'a key may be the folder of other keys',
    ({ origin }) => roundTrip(origin, ['both', 'both/inside', 'both/inside/deep']),
    { gap: 'key that is a folder of others' },
  );
}

async function roundTrip(origin: Origin, keys: readonly string[]): Promise<void> {
  await inParallel(keys, 8, (key) => origin.write(toObject(key, `at ${key}`), calm()));
  const listed = await collect(origin.list({ prefix: '' }, calm()));
  expect(listed.map(({ key }) => key)).toEqual([...keys].sort(compareUtf8));
  await inParallel(listed, 8, async ({ key, etag }) => {
    expect(await toText(await origin.read(key, calm())), key).toBe(`at ${key}`);
    const head = await origin.head(key, calm());
    expect(head, key).toMatchObject({ key, etag });
    await origin.copy(
      { key, etag },
      { ...toObject(key, `at ${key}`), headers: { 'content-type': 'text/plain' } },
      calm(),
    );
    expect((await origin.head(key, calm()))?.headers['content-type'], key).toBe('text/plain');
  });
  const all = await collect(origin.list({ prefix: '', after: keys[0] as string }, calm()));
  expect(all.every(({ key }) => compareUtf8(key, keys[0] as string) > 0)).toBe(true);
  await origin.remove(keys, calm());
  expect(await collect(origin.list({ prefix: '' }, calm()))).toEqual([]);
}
