import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeTree } from '../../temp.ts';
import { collectFrom, keysFrom, link, sourceAt } from './sources.ts';

describe('names', () => {
  const odd = [
    'a b.css',
    '100%.css',
    'c++.js',
    'a#b.js',
    'what?.js',
    'caf\u00e9.css',
    'cafe\u0301.css',
    'a\\b.js',
    '日本.svg',
    '😀.svg',
    '\uFFFD.txt',
    "it's.js",
  ];

  it('odd names are keys as they stand, both normal forms apart, in UTF-8 order', async () => {
    const keys = await keysFrom(makeTree(Object.fromEntries(odd.map((name) => [name, name]))));
    expect(keys).toEqual([...odd].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  });

  it('a key of 1,024 bytes is taken, one more is refused', async () => {
    const folders = 'é'.repeat(100);
    const rest = (bytes: number) => `${[folders, folders, folders, folders].join('/')}/${'x'.repeat(bytes - 804 - 2)}`;
    const fits = makeTree({ [rest(1024)]: '' });
    const [key] = await keysFrom([sourceAt(fits, { prefix: 'p/' })]);
    expect(Buffer.byteLength(key ?? '')).toBe(1024);
    const long = makeTree({ [rest(1025)]: '' });
    await expect(collectFrom([sourceAt(long, { prefix: 'p/' })])).rejects.toMatchObject({
      code: 'SOURCE_NAME',
      message: expect.stringContaining('has 1025 bytes; the origin stores at most 1024'),
    });
  });

  it.each([
    ['newline', 'a\nb.css'],
    ['carriage return', 'a\rb.css'],
    ['folder with a newline', 'a\nb/c.css'],
  ])('%s is refused', async (_, name) => {
    await expect(collectFrom(makeTree({ [name]: '' }))).rejects.toMatchObject({ code: 'SOURCE_NAME' });
  });

  it.each(['file', 'folder'])('a %s whose name is no UTF-8 is refused, unless ignored', async (kind) => {
    const root = makeTree({ 'a.css': '' });
    const path = Buffer.concat([Buffer.from(`${root}/bad-`), Buffer.from([0xff, 0xfe])]);
    if (kind === 'file') writeFileSync(path, '');
    else {
      mkdirSync(path);
      writeFileSync(Buffer.concat([path, Buffer.from('/x')]), '');
    }
    await expect(collectFrom(root)).rejects.toMatchObject({
      code: 'SOURCE_NAME',
      message: expect.stringContaining('not valid UTF-8'),
    });
    expect(await keysFrom(root, { ignore: ['bad-*'] })).toEqual(['a.css']);
  });

  it('.waybill/ at the top is reserved', async () => {
    const root = makeTree({ '.waybill/live': '', live: '' });
    await expect(collectFrom(root, { ignore: ['!.waybill'] })).rejects.toMatchObject({ code: 'SOURCE_NAME' });
    await expect(collectFrom([sourceAt(root, { prefix: '.waybill/' })])).rejects.toMatchObject({ code: 'SOURCE_NAME' });
  });
});

describe('symbolic links', () => {
  it('to files and folders inside the source are followed', async () => {
    const root = makeTree({ 'real/a.css': 'a', 'b.css': 'bb' });
    link(root, 'again', 'real');
    link(root, 'c.css', 'b.css');
    link(root, 'real/up.css', '../c.css');
    expect(await keysFrom(root)).toEqual([
      'again/a.css',
      'again/up.css',
      'b.css',
      'c.css',
      'real/a.css',
      'real/up.css',
    ]);
  });

  it('the source itself may be one', async () => {
    const root = makeTree({ 'real/a.css': 'a' });
    link(root, 'dist', 'real');
    expect(await keysFrom(join(root, 'dist'))).toEqual(['a.css']);
  });

  const bad: [string, (root: string) => void, string][] = [
    ['file outside', (root) => link(root, 'src/x', '../secret'), 'leaves its source'],
    ['folder outside', (root) => link(root, 'src/x', '..'), 'leaves its source'],
    ['folder whose name starts alike', (root) => link(root, 'src/x', '../src-other'), 'leaves its source'],
    [
      'chain that ends outside',
      (root) => {
        link(root, 'src/y', 'x');
        link(root, 'src/x', '../secret');
      },
      'leaves its source',
    ],
    ['dangling', (root) => link(root, 'src/x', 'nowhere'), 'points to nothing'],
    ['to itself', (root) => link(root, 'src/x', 'x'), 'goes in circles'],
    ['to its own folder', (root) => link(root, 'src/sub/x', '.'), 'goes in circles'],
    ['to the source', (root) => link(root, 'src/sub/x', '..'), 'goes in circles'],
    [
      'two that lead into each other',
      (root) => {
        link(root, 'src/p/to-q', '../q');
        link(root, 'src/q/to-p', '../p');
      },
      'goes in circles',
    ],
  ];
  it.each(bad)('trap 11: a link (%s) is refused', async (_, make, what) => {
    const root = makeTree({ secret: 's', 'src/a.css': '', 'src-other/o.css': '' });
    make(root);
    await expect(collectFrom(join(root, 'src'))).rejects.toMatchObject({
      code: 'SOURCE_SYMLINK',
      message: expect.stringContaining(what),
    });
  });

  it('ignored ones are not looked at', async () => {
    const root = makeTree({ 'src/a.css': '', secret: '' });
    link(root, 'src/out', '../secret');
    link(root, 'src/gone', 'nowhere');
    link(root, 'src/folder', '..');
    expect(await keysFrom(join(root, 'src'), { ignore: ['out', 'gone', 'folder/'] })).toEqual(['a.css']);
  });
});

describe('sources', () => {
  it('that do not exist, are files, or are empty after ignoring are refused', async () => {
    const root = makeTree({ 'file.css': '', 'some/x.psd': '', 'none/.gitkeep': '' });
    const refused = (path: string) => expect(collectFrom(join(root, path), { ignore: ['*.psd'] })).rejects;
    await refused('nowhere').toMatchObject({
      code: 'SOURCE_MISSING',
      message: expect.stringContaining('does not exist'),
    });
    await refused('file.css').toMatchObject({
      code: 'SOURCE_MISSING',
      message: expect.stringContaining('is a file, not a folder'),
    });
    await refused('some').toMatchObject({ code: 'SOURCE_EMPTY', message: expect.stringContaining('dist') });
    await refused('none').toMatchObject({ code: 'SOURCE_EMPTY' });
  });

  it('one empty source among others is refused', async () => {
    const root = makeTree({ 'a/x.css': '' });
    mkdirSync(join(root, 'b'));
    await expect(
      collectFrom([sourceAt(join(root, 'a')), sourceAt(join(root, 'b'), { label: 'b' })]),
    ).rejects.toMatchObject({
      code: 'SOURCE_EMPTY',
      message: expect.stringContaining('source b '),
    });
  });

  it('a local origin inside its own source is left out with a warning', async () => {
    const root = makeTree({ 'a.css': '', '.cdn/a.css': '', '.cdn/.waybill/live': '{}', '.cdn/sub/b.css': '' });
    const { assets, warnings } = await collectFrom(root);
    expect(assets.map(({ key }) => key)).toEqual(['a.css']);
    expect(warnings).toEqual(['dist/.cdn is left out: it is an origin that Waybill writes to']);
  });

  it('a FIFO is left out with a warning, also behind a link', async () => {
    const root = makeTree({ 'a.css': '' });
    execFileSync('mkfifo', [join(root, 'pipe')]);
    symlinkSync('pipe', join(root, 'link'));
    const { assets, warnings } = await collectFrom(root);
    expect(assets.map(({ key }) => key)).toEqual(['a.css']);
    expect(warnings.toSorted()).toEqual(
      ['link', 'pipe'].map((name) => `dist/${name} is left out: it is a FIFO, socket or device`),
    );
  });
});

describe('two sources', () => {
  const pair = (a: Record<string, string>, b: Record<string, string>, prefix = '') => [
    sourceAt(makeTree(a), { label: 'first' }),
    sourceAt(makeTree(b), { label: 'second', prefix }),
  ];

  it('that claim one path are refused, naming paths and both sources', async () => {
    const names = Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`${i}.css`, '']));
    const claim = collectFrom(pair(names, names));
    await expect(claim).rejects.toMatchObject({
      code: 'SOURCE_COLLISION',
      message: expect.stringMatching(/\(first and second\), .* and 2 more$/),
    });
  });

  it.each([
    ['first', 1],
    ['last', 2],
  ] as const)('%s wins where `collisions` says so', async (collisions, size) => {
    const { assets } = await collectFrom(pair({ 'a.css': '1', 'b.css': '' }, { 'a.css': '22', 'c.css': '' }), {
      collisions,
    });
    expect(assets.map(({ key, size }) => [key, size])).toEqual([
      ['a.css', size],
      ['b.css', 0],
      ['c.css', 0],
    ]);
  });

  it.each(['error', 'first', 'last'] as const)(
    'a file beside a folder of its name is refused (%s)',
    async (collisions) => {
      for (const sources of [
        pair({ x: '' }, { 'x/y.css': '' }),
        pair({ 'p/q/r.css': '' }, { q: '' }, 'p/'),
        pair({ x: '' }, { 'y.css': '' }, 'x/z/'),
      ]) {
        await expect(collectFrom(sources, { collisions })).rejects.toMatchObject({
          code: 'SOURCE_COLLISION',
          message: expect.stringMatching(/first and second|second and first/),
        });
      }
    },
  );

  it('apart by prefix are brought together', async () => {
    expect(await keysFrom(pair({ 'a.css': '' }, { 'a.css': '' }, 'app/'))).toEqual(['a.css', 'app/a.css']);
  });
});
