import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { localEdge, localOrigin } from '../../providers/local/index.ts';
import { calm, collect, cssHeaders, sha256Of, toBody, toObject, toText } from '../contract/body.ts';
import { skipBecause } from '../skip.ts';
import { makeTree } from '../temp.ts';
import { openLocal } from './local-open.ts';

const keysOf = async (origin: ReturnType<typeof openLocal>, prefix = '') =>
  (await collect(origin.list({ prefix }, calm()))).map(({ key }) => key);

describe('options', () => {
  test('directory is relative to the configuration file; slashes around the prefix do no harm', () => {
    const options = localOrigin.parse({ directory: '.cdn', prefix: '/dev/site/' }, 'origin');
    expect(localOrigin.locate(options, '/srv/app')).toEqual({ store: '/srv/app/.cdn', prefix: 'dev/site' });
    const absolute = localOrigin.parse({ directory: '/var/cdn' }, 'origin');
    expect(localOrigin.locate(absolute, '/srv/app')).toEqual({ store: '/var/cdn', prefix: '' });
    expect(localOrigin.embeddedEdge).toBe(localEdge.id);
  });

  const wrong: [string, unknown, RegExp][] = [
    ['no directory', {}, /environments\.dev\.origin\.directory/],
    ['an empty one', { directory: '' }, /environments\.dev\.origin\.directory/],
    ['an unknown option', { directory: 'x', dir: 'y' }, /environments\.dev\.origin.*dir/s],
    ['a prefix that climbs', { directory: 'x', prefix: 'a/../..' }, /environments\.dev\.origin\.prefix.*`\.\.`/s],
    ['a prefix with an empty segment', { directory: 'x', prefix: 'a//b' }, /environments\.dev\.origin\.prefix/],
    ['a prefix inside the state', { directory: 'x', prefix: '.Waybill/a' }, /environments\.dev\.origin\.prefix/],
    ['no concurrency at all', { directory: 'x', concurrency: 0 }, /environments\.dev\.origin\.concurrency/],
  ];
  test.each(wrong)('%s is refused where it stands', (_, raw, message) => {
    expect(() => localOrigin.parse(raw, 'environments.dev.origin')).toThrow(message);
  });

  test('--concurrency wins over the option', async () => {
    const options = localOrigin.parse({ directory: 'cdn', concurrency: 3 }, 'origin');
    const context = { env: {}, directory: makeTree() };
    expect((await localOrigin.open(options, context)).traits.concurrency).toBe(3);
    expect((await localOrigin.open(options, { ...context, concurrency: 5 })).traits.concurrency).toBe(5);
  });
});

describe('files that a person can look at', () => {
  test('bodies are plain files, and there is one for each object', async () => {
    const directory = makeTree();
    const origin = openLocal(directory, 'dev');
    await origin.write(toObject('app/style.css', 'body{}'), calm());
    await origin.write(toObject('app/logo.svg', '<svg/>'), calm());
    expect(readFileSync(join(directory, 'cdn/dev/app/style.css'), 'utf8')).toBe('body{}');
    expect(readdirSync(join(directory, 'cdn/dev')).sort()).toEqual(['.waybill', 'app']);
    expect(readdirSync(join(directory, 'cdn/dev/app')).sort()).toEqual(['logo.svg', 'style.css']);
    expect(readdirSync(join(directory, 'cdn/dev/.waybill/local')).sort()).toEqual(['objects.jsonl', 'tmp']);
    expect(readdirSync(join(directory, 'cdn/dev/.waybill/local/tmp'))).toEqual([]);
  });

  test('trap 12: reading a folder that is not there creates nothing', async () => {
    const directory = makeTree();
    const origin = openLocal(directory, 'dev');
    expect(await keysOf(origin)).toEqual([]);
    expect(await keysOf(origin, '.waybill/versions/')).toEqual([]);
    expect(await origin.read('.waybill/live', calm())).toBeUndefined();
    expect(await origin.head('a', calm())).toBeUndefined();
    origin.serving.followInvalidations()();
    await origin.close?.();
    expect(readdirSync(directory)).toEqual([]);
  });

  test('a file changed by hand has another etag, the sha256 of its bytes and no headers', async () => {
    const directory = makeTree();
    const origin = openLocal(directory);
    const { etag } = await origin.write(toObject('a.css', 'one'), calm());
    writeFileSync(join(directory, 'cdn/a.css'), 'two');
    const head = await origin.head('a.css', calm());
    expect(head).toEqual({
      key: 'a.css',
      size: 3,
      etag: expect.any(String),
      sha256: sha256Of(Buffer.from('two')),
      headers: {},
    });
    expect(head?.etag).not.toBe(etag);
    const overwrite = origin.write(toObject('a.css', 'three', { ifMatch: etag }), calm());
    await expect(overwrite).rejects.toMatchObject({ kind: 'conflict' });
  });

  test('trap 8: a file replaced by another of the same size and time is noticed', async () => {
    const directory = makeTree();
    const origin = openLocal(directory);
    const { etag } = await origin.write(toObject('a.css', 'one'), calm());
    const path = join(directory, 'cdn/a.css');
    const { atime, mtime } = statSync(path);
    writeFileSync(`${path}.new`, 'two');
    rmSync(path);
    writeFileSync(path, 'two');
    utimesSync(path, atime, mtime);
    expect((await origin.head('a.css', calm()))?.etag).not.toBe(etag);
    expect((await origin.head('a.css', calm()))?.sha256).toBe(toBody('two').sha256);
  });

  test('no etag comes back, however fast one key is written with bodies of one size', async () => {
    const origin = openLocal(makeTree());
    const etags = new Set<string>();
    for (let i = 0; i < 300; i++) etags.add((await origin.write(toObject('a', `${i % 2}`), calm())).etag);
    expect(etags.size).toBe(300);
  });

  test('a copy with the same bytes has an etag and a file of its own', async () => {
    const directory = makeTree();
    const origin = openLocal(directory);
    const { etag } = await origin.write(toObject('a', 'one'), calm());
    const copy = await origin.copy({ key: 'a', etag }, toObject('b', 'one'), calm());
    const self = await origin.copy({ key: 'a', etag }, toObject('a', 'one', { headers: {} }), calm());
    expect(new Set([etag, copy.etag, self.etag]).size).toBe(3);
    writeFileSync(join(directory, 'cdn/a'), 'edited');
    expect(await toText(await origin.read('b', calm()))).toBe('one');
  });

  test('the bytes of a copy are proven where its source has no record', async () => {
    const directory = makeTree({ 'cdn/theirs': 'theirs' });
    const origin = openLocal(directory);
    const [found] = await collect(origin.list({ prefix: '' }, calm()));
    const from = { key: 'theirs', etag: found?.etag ?? '' };
    await expect(origin.copy(from, toObject('b', 'not theirs'), calm())).rejects.toMatchObject({ kind: 'conflict' });
    expect(await keysOf(origin)).toEqual(['theirs']);
    await origin.copy(from, toObject('b', 'theirs'), calm());
    expect(await origin.head('b', calm())).toMatchObject({ sha256: toBody('theirs').sha256, headers: cssHeaders });
  });

  test('empty folders go with their last file, and do no harm before', async () => {
    const directory = makeTree();
    const origin = openLocal(directory);
    for (const key of ['a/b/c/d', 'a/e', 'f/g']) await origin.write(toObject(key, key), calm());
    await origin.remove(['a/b/c/d', 'f/g'], calm());
    expect(readdirSync(join(directory, 'cdn')).sort()).toEqual(['.waybill', 'a']);
    expect(readdirSync(join(directory, 'cdn/a'))).toEqual(['e']);
    mkdirSync(join(directory, 'cdn/empty'));
    await origin.write(toObject('empty', 'a file now'), calm());
    expect(await keysOf(origin)).toEqual(['a/e', 'empty']);
  });

  test('our own folder is no place for keys and is never listed, removed or read', async () => {
    const origin = openLocal(makeTree());
    await origin.write(toObject('a', '1'), calm());
    const refused = { kind: 'rejected', message: expect.stringContaining('.waybill/local') };
    for (const key of ['.waybill/local/objects.jsonl', '.waybill/local', '.waybill/Local/x', '.WAYBILL/local/x']) {
      await expect(origin.write(toObject(key, 'x'), calm()), key).rejects.toMatchObject(refused);
      await expect(origin.read(key, calm()), key).rejects.toMatchObject(refused);
      await expect(origin.remove([key], calm()), key).rejects.toMatchObject(refused);
    }
    expect(await keysOf(origin, '.waybill/')).toEqual([]);
    expect(await keysOf(origin, '.waybill/local/')).toEqual([]);
  });
});

describe('names that a file system cannot hold', () => {
  const impossible: [string, RegExp][] = [
    ['a//b', /empty name/],
    ['/a', /empty name/],
    ['a/', /empty name/],
    ['', /empty name/],
    ['.', /`\.` or `\.\.`/],
    ['../outside', /`\.` or `\.\.`/],
    ['a/../../outside', /`\.` or `\.\.`/],
    ['a/./b', /`\.` or `\.\.`/],
    [`a/${'é'.repeat(128)}`, /255 bytes/],
    [`a${'/b'.repeat(600)}`, /1024 bytes/],
    ['a\0b', /NUL/],
    ['a\ud800b', /Unicode/],
  ];
  test.each(impossible)('%j is rejected with the reason, and nothing is left', async (key, why) => {
    const directory = makeTree();
    const origin = openLocal(directory);
    await origin.write(toObject('a.css', '1'), calm());
    const failure = { kind: 'rejected', message: expect.stringMatching(why), hint: expect.any(String) };
    await expect(origin.write(toObject(key, 'x'), calm())).rejects.toMatchObject(failure);
    await expect(origin.read(key, calm())).rejects.toMatchObject(failure);
    expect(await keysOf(origin)).toEqual(['a.css']);
    expect(existsSync(join(directory, 'outside'))).toBe(false);
  });

  test('the longest names it can hold are held', async () => {
    const origin = openLocal(makeTree());
    const keys = ['x'.repeat(255), `a/${'é'.repeat(127)}x`];
    for (const key of keys) await origin.write(toObject(key, key), calm());
    expect(await keysOf(origin)).toEqual([keys[1], keys[0]]);
  });

  test('a file cannot be the folder of others, nor a folder a file', async () => {
    const origin = openLocal(makeTree());
    await origin.write(toObject('file', '1'), calm());
    await origin.write(toObject('folder/inside', '2'), calm());
    const clash = (path: string) => ({
      kind: 'rejected',
      message: expect.stringContaining(path),
      hint: expect.stringContaining('`a/b`'),
    });
    await expect(origin.write(toObject('file/below/it', '3'), calm())).rejects.toMatchObject(
      clash('cdn/file is a file'),
    );
    await expect(origin.write(toObject('folder', '4'), calm())).rejects.toMatchObject(clash('cdn/folder is a folder'));
    const first = origin.write(toObject('folder', '5', { ifMatch: null }), calm());
    await expect(first).rejects.toMatchObject(clash('cdn/folder is a folder'));
    expect(await origin.head('folder', calm())).toBeUndefined();
    expect(await origin.head('file/below', calm())).toBeUndefined();
    await origin.remove(['folder', 'file/below/it'], calm());
    expect(await keysOf(origin)).toEqual(['file', 'folder/inside']);
  });
});

describe('trap 11: symbolic links inside the folder', () => {
  test('are neither followed nor replaced nor listed', async () => {
    const directory = makeTree({ 'outside/secret': 'secret', 'cdn/real': 'real' });
    symlinkSync('../outside', join(directory, 'cdn/way'));
    symlinkSync('../outside/secret', join(directory, 'cdn/file'));
    const origin = openLocal(directory);
    expect(await keysOf(origin)).toEqual(['real']);
    await expect(keysOf(origin, 'way/')).rejects.toMatchObject({ kind: 'rejected' });
    for (const key of ['way/secret', 'file']) {
      const refused = {
        kind: 'rejected',
        message: expect.stringContaining('is a symbolic link'),
        hint: expect.any(String),
      };
      await expect(origin.read(key, calm()), key).rejects.toMatchObject(refused);
      await expect(origin.head(key, calm()), key).rejects.toMatchObject(refused);
      await expect(origin.write(toObject(key, 'x'), calm()), key).rejects.toMatchObject(refused);
      await expect(origin.write(toObject(key, 'x', { ifMatch: null }), calm()), key).rejects.toMatchObject(refused);
      await expect(origin.copy({ key, etag: 'x' }, toObject('b', 'x'), calm()), key).rejects.toMatchObject(refused);
      await expect(origin.remove([key], calm()), key).rejects.toMatchObject(refused);
      expect(() => origin.serving.open(key)).toThrow(/symbolic link/);
    }
    await expect(origin.write(toObject('way/new/deep', 'x'), calm())).rejects.toMatchObject({ kind: 'rejected' });
    expect(readdirSync(join(directory, 'outside'))).toEqual(['secret']);
    expect(readFileSync(join(directory, 'outside/secret'), 'utf8')).toBe('secret');
  });

  test('one in place of our own folder is refused', async () => {
    const directory = makeTree({ 'outside/x': '' });
    mkdirSync(join(directory, 'cdn/.waybill'), { recursive: true });
    symlinkSync('../../outside', join(directory, 'cdn/.waybill/local'));
    const write = openLocal(directory).write(toObject('a', '1'), calm());
    await expect(write).rejects.toMatchObject({ kind: 'rejected', message: expect.stringContaining('symbolic link') });
    expect(readdirSync(join(directory, 'outside'))).toEqual(['x']);
  });

  test('on the way to the folder they are the user’s own choice', async () => {
    const directory = makeTree({ 'disk/x': '' });
    symlinkSync('disk', join(directory, 'cdn'));
    await openLocal(directory).write(toObject('a', '1'), calm());
    expect(readFileSync(join(directory, 'disk/a'), 'utf8')).toBe('1');
  });
});

describe('trouble of the file system', () => {
  test('a file in place of the folder is rejected with its path', async () => {
    const directory = makeTree({ cdn: 'a file' });
    const origin = openLocal(directory);
    const clash = { kind: 'rejected', message: expect.stringContaining(join(directory, 'cdn')) };
    await expect(keysOf(origin)).rejects.toMatchObject(clash);
    await expect(origin.write(toObject('a', '1'), calm())).rejects.toMatchObject({ kind: 'rejected' });
  });

  test('what may not be read or written is an auth error with a hint', async (context) => {
    if (process.getuid?.() === 0)
      skipBecause(context, 'root may read everything; local-processes.test.ts asks as another user');
    const directory = makeTree({ 'cdn/sub/a': '1' });
    const origin = openLocal(directory);
    chmodSync(join(directory, 'cdn/sub'), 0);
    const denied = { kind: 'auth', message: expect.stringContaining('permission denied'), hint: expect.any(String) };
    await expect(keysOf(origin)).rejects.toMatchObject(denied);
    await expect(origin.read('sub/a', calm())).rejects.toMatchObject(denied);
    chmodSync(join(directory, 'cdn/sub'), 0o500);
    await expect(origin.write(toObject('sub/b', '1'), calm())).rejects.toMatchObject(denied);
    chmodSync(join(directory, 'cdn/sub'), 0o700);
  });

  test('one key of many that cannot be removed is named, the others go', async () => {
    const origin = openLocal(makeTree());
    for (const key of ['a', 'b']) await origin.write(toObject(key, key), calm());
    const removal = origin.remove(['a', 'x//1', 'x//2', 'x//3', 'x//4', 'b'], calm());
    await expect(removal).rejects.toMatchObject({
      kind: 'rejected',
      message: expect.stringMatching(/x\/\/1.*And 1 more/s),
    });
    expect(await keysOf(origin)).toEqual([]);
  });

  test('the folder deleted under a running origin is made again', async () => {
    const directory = makeTree();
    const origin = openLocal(directory);
    await origin.write(toObject('a/b', '1'), calm());
    rmSync(join(directory, 'cdn'), { recursive: true });
    await new Promise((resolve) => setTimeout(resolve, 30));
    await origin.write(toObject('a/b', '2'), calm());
    expect(await origin.head('a/b', calm())).toMatchObject({ sha256: toBody('2').sha256, headers: cssHeaders });
  });
});
