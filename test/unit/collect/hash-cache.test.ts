import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { locateCache } from '../../../src/collect/cache-place.ts';
import type { Collected } from '../../../src/collect/collect.ts';
import { HashCache } from '../../../src/collect/hash-cache.ts';
import { encodeRows, joinRows, noRows, parseRows, type Row } from '../../../src/collect/hash-cache-rows.ts';
import type { DjangoRules } from '../../../src/config/types.ts';
import { deploy, planDeploy } from '../../../src/deploy.ts';
import { makeRig } from '../../rig.ts';
import { skipBecause } from '../../skip.ts';
import { makeTree, writeTree } from '../../temp.ts';
import { collectFrom, sourceAt } from './sources.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
/** Long after the tests' files were written. */
const later = () => new Date(Date.now() + 60_000);
const place = () => join(makeTree(), 'cache', 'of.digests');

interface RunOptions {
  readonly now?: Date;
  readonly isKept?: boolean;
  readonly rules?: Partial<DjangoRules>;
}

/** One run over a source: collects through the cache at `file`, and keeps it. */
async function run(root: string, file: string, { now = later(), isKept = true, rules }: RunOptions = {}) {
  const hashes = new HashCache(file, { now, isKept });
  const django: DjangoRules = { keepOriginals: true, lenient: false, ...rules } as DjangoRules;
  const source = sourceAt(root, rules === undefined ? {} : { rules: django });
  const collected = await collectFrom([source], { hashes });
  hashes.save('nonce');
  return collected;
}

const digests = ({ assets }: Collected) => Object.fromEntries(assets.map((one) => [one.key, one.sha256]));

/** What a cache would say that was wrong about a file, in all but its stamp. */
function lieAbout(file: string, digest: Row['digest']): Uint8Array {
  const { size, mtimeNs, ctimeNs, ino, dev } = lstatSync(file, { bigint: true });
  return encodeRows(joinRows(noRows, new Map(), [{ file, stamp: { size, mtimeNs, ctimeNs, ino, dev }, digest }]));
}

function isKnown(file: string, path: string): boolean {
  return new HashCache(file, { now: later(), isKept: false }).look(path).known !== undefined;
}

describe('the hash cache', () => {
  it('spares the reading of files that did not change', async () => {
    const root = makeTree({ 'a.txt': 'a', 'b.txt': 'b' });
    const file = place();
    const first = await run(root, file);
    writeFileSync(file, lieAbout(join(root, 'a.txt'), { size: 1, sha256: sha256('z'), transportStream: false }));
    // A digest that only the cache can have told.
    expect(digests(await run(root, file))).toEqual({ ...digests(first), 'a.txt': sha256('z') });
  });

  it('tells all that reading tells', async () => {
    const segment = Buffer.alloc(376);
    segment[0] = 0x47;
    segment[188] = 0x47;
    const root = makeTree({ 'a.ts': segment, 'b.ts': 'let b', 'empty.txt': '', 'ü/ß.html': '<p>' });
    const file = place();
    const first = await run(root, file);
    for (const path of ['a.ts', 'b.ts', 'empty.txt', 'ü/ß.html']) expect(isKnown(file, join(root, path))).toBe(true);
    const second = await run(root, file);
    expect(JSON.parse(JSON.stringify(second))).toEqual(JSON.parse(JSON.stringify(first)));
  });

  it('holds the MD5 of Django files, and only theirs', async () => {
    const root = makeTree({ 'a.css': 'a { background: url(b.png) }', 'b.png': 'b', 'c.js': 'let c' });
    const file = place();
    const plain = await run(root, file);
    const first = await run(root, file, { rules: {} });
    expect(new HashCache(file, { now: later(), isKept: true }).look(join(root, 'b.png')).known).toHaveProperty('md5');
    expect(digests(await run(root, file, { rules: {} }))).toEqual(digests(first));
    expect(await run(root, file)).toEqual(plain);
    writeFileSync(
      file,
      lieAbout(join(root, 'b.png'), { size: 1, sha256: sha256('z'), md5: 'f'.repeat(32), transportStream: false }),
    );
    expect(digests(await run(root, file, { rules: {} }))).toHaveProperty('b.ffffffffffff.png', sha256('z'));
    // Scripts are read for their references, but not hashed again.
    const lie = { size: 5, sha256: sha256('z'), md5: 'f'.repeat(32), transportStream: false };
    writeFileSync(file, lieAbout(join(root, 'c.js'), lie));
    expect(digests(await run(root, file, { rules: {} }))).toHaveProperty('c.ffffffffffff.js', sha256('z'));
  });

  it('is written for its owner, when something changed and then only', async () => {
    const root = makeTree({ 'a.txt': 'a', 'b.txt': 'b' });
    const file = place();
    await run(root, file);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
    const { ino } = statSync(file);
    await run(root, file);
    expect(statSync(file).ino).toBe(ino);
    rmSync(join(root, 'b.txt'));
    await run(root, file);
    expect(parseRows(readFileSync(file))?.files).toEqual([join(root, 'a.txt')]);
    expect(readdirSync(join(file, '..'))).toEqual(['of.digests']);
  });

  it('is not written by a run that must write nothing', async () => {
    const root = makeTree({ 'a.txt': 'a' });
    const file = place();
    await run(root, file, { isKept: false });
    expect(existsSync(file)).toBe(false);
    await run(root, file);
    const before = readFileSync(file);
    writeTree(root, { 'b.txt': 'b' });
    await run(root, file, { isKept: false });
    expect(readFileSync(file)).toEqual(before);
  });
});

describe('trap 8: a cached hash outlives the bytes it was made of', () => {
  const edits: Readonly<Record<string, (path: string) => void>> = {
    'same size': (path) => writeFileSync(path, 'b'),
    'same size, mtime set back': (path) => {
      const { atime, mtime } = statSync(path);
      writeFileSync(path, 'b');
      utimesSync(path, atime, mtime);
    },
    'another file of the same size and mtime renamed over it': (path) => {
      const { atime, mtime } = statSync(path);
      writeFileSync(`${path}.new`, 'b');
      utimesSync(`${path}.new`, atime, mtime);
      renameSync(`${path}.new`, path);
    },
  };
  test.each(Object.entries(edits))('trap 8: %s is seen', async (_, edit) => {
    const root = makeTree({ 'a.txt': 'a' });
    const path = join(root, 'a.txt');
    // A whole second, which `utimes` can set back exactly.
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    const file = place();
    await run(root, file);
    expect(isKnown(file, path)).toBe(true);
    // The next tick of the file system's clock.
    await new Promise((resolve) => setTimeout(resolve, 20));
    edit(path);
    expect(digests(await run(root, file))).toEqual({ 'a.txt': sha256('b') });
  });

  test('trap 8: what was written within the last two seconds is not kept, whatever its mtime', async () => {
    const root = makeTree({ 'a.txt': 'a' });
    const file = place();
    utimesSync(join(root, 'a.txt'), 1_700_000_000, 1_700_000_000);
    await run(root, file, { now: new Date(lstatSync(join(root, 'a.txt')).ctimeMs + 1900) });
    expect(existsSync(file)).toBe(false);
    await run(root, file, { now: new Date(lstatSync(join(root, 'a.txt')).ctimeMs + 2100) });
    expect(existsSync(file)).toBe(true);
  });

  test('trap 8: a digest is kept only with the stamp from before the reading', () => {
    const root = makeTree({ 'a.txt': 'a' });
    const file = place();
    const hashes = new HashCache(file, { now: later(), isKept: true });
    const look = hashes.look(join(root, 'a.txt'));
    writeFileSync(join(root, 'a.txt'), 'bb');
    look.note({ size: 2, sha256: sha256('bb'), transportStream: false });
    hashes.save('nonce');
    expect(isKnown(file, join(root, 'a.txt'))).toBe(false);
  });

  test('a digest of more or fewer bytes than the file has is not kept', () => {
    const root = makeTree({ 'a.txt': 'a' });
    const file = place();
    const hashes = new HashCache(file, { now: later(), isKept: true });
    hashes.look(join(root, 'a.txt')).note({ size: 2, sha256: sha256('bb'), transportStream: false });
    hashes.save('nonce');
    expect(existsSync(file)).toBe(false);
  });

  test('trap 8: a wrong digest ends a deploy as SOURCE_CHANGED, and the next one reads anew', async () => {
    const rig = makeRig({ files: { 'a.txt': 'a' } });
    const env = { WAYBILL_CACHE_DIR: 'cache' };
    const session = () => rig.session({ env });
    const config = (await session()).config;
    const file = locateCache(config, env, 'linux', 'digests') as string;
    const lie = lieAbout(join(rig.directory, 'site/a.txt'), { size: 1, sha256: sha256('z'), transportStream: false });
    writeTree(rig.directory, { [file.slice(rig.directory.length + 1)]: lie });
    await expect(deployIn(rig, env)).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
    expect(existsSync(file)).toBe(false);
    await deployIn(rig, env);
    expect(rig.served()).toEqual({ 'a.txt': 'a' });
  });
});

describe('a cache that cannot be used is none', () => {
  const damages: Readonly<Record<string, (file: string) => void>> = {
    empty: (file) => writeFileSync(file, ''),
    'cut off': (file) => writeFileSync(file, readFileSync(file).subarray(0, -1)),
    'a flipped bit': (file) => {
      const bytes = readFileSync(file);
      bytes[100] = (bytes[100] ?? 0) ^ 1;
      writeFileSync(file, bytes);
    },
    'another version': (file) => {
      const bytes = readFileSync(file);
      bytes[7] = 2;
      writeFileSync(file, bytes);
    },
    text: (file) => writeFileSync(file, 'not a cache'.repeat(20)),
    'a folder': (file) => {
      rmSync(file);
      mkdirSync(file);
    },
  };
  test.each(Object.entries(damages))('%s', async (_, damage) => {
    const root = makeTree({ 'a.txt': 'a' });
    const file = place();
    const first = await run(root, file);
    damage(file);
    expect(isKnown(file, join(root, 'a.txt'))).toBe(false);
    expect(digests(await run(root, file))).toEqual(digests(first));
    expect(readdirSync(join(file, '..'))).toEqual(['of.digests']);
  });

  it('a folder that may not be written', async (context) => {
    if (process.getuid?.() === 0) skipBecause(context, 'root may write everywhere');
    const folder = makeTree();
    chmodSync(folder, 0o500);
    await run(makeTree({ 'a.txt': 'a' }), join(folder, 'deep', 'of.digests'));
    expect(existsSync(join(folder, 'deep'))).toBe(false);
  });

  it('a file in the place of the folder', async () => {
    const root = makeTree({ 'a.txt': 'a', file: '' });
    expect(digests(await run(root, join(root, 'file', 'of.digests')))).toHaveProperty('a.txt', sha256('a'));
  });

  it('a link that took the place of a file is not looked through', async () => {
    const root = makeTree({ 'a.txt': 'a', 'b.txt': 'a' });
    const file = place();
    await run(root, file);
    rmSync(join(root, 'b.txt'));
    symlinkSync('a.txt', join(root, 'b.txt'));
    expect(isKnown(file, join(root, 'a.txt'))).toBe(true);
    expect(isKnown(file, join(root, 'b.txt'))).toBe(false);
  });
});

describe('where it lies', () => {
  const config = { file: '/shop/waybill.config.ts', directory: '/shop', sources: [sourceAt('/shop/dist')] };
  const name = `${sha256('/shop/waybill.config.ts').slice(0, 32)}.digests`;
  test.each([
    ['WAYBILL_CACHE_DIR', { WAYBILL_CACHE_DIR: '/ci/cache', HOME: '/home/ada' }, 'linux', '/ci/cache'],
    ['relative to the configuration', { WAYBILL_CACHE_DIR: '.cache' }, 'linux', '/shop/.cache'],
    ['XDG_CACHE_HOME', { XDG_CACHE_HOME: '/xdg', HOME: '/home/ada' }, 'linux', '/xdg/waybill'],
    ['an empty variable', { WAYBILL_CACHE_DIR: '', HOME: '/home/ada' }, 'linux', '/home/ada/.cache/waybill'],
    ['a relative XDG_CACHE_HOME', { XDG_CACHE_HOME: 'xdg', HOME: '/home/ada' }, 'linux', '/home/ada/.cache/waybill'],
    ['macOS', { HOME: '/Users/ada' }, 'darwin', '/Users/ada/Library/Caches/waybill'],
    ['Windows', { LOCALAPPDATA: '/AppData/Local', HOME: '/x' }, 'win32', '/AppData/Local/waybill/cache'],
  ])('%s', (_, env, platform, folder) => {
    expect(locateCache(config, env, platform, 'digests')).toBe(join(folder, name));
  });
  test.each([
    ['a user without a home', {}],
    ['a folder in a source', { WAYBILL_CACHE_DIR: '/shop/dist/.cache' }],
    ['the source itself', { WAYBILL_CACHE_DIR: 'dist' }],
  ])('nowhere for %s', (_, env) => {
    expect(locateCache(config, env, 'linux', 'digests')).toBeUndefined();
  });
  it('a folder of its own beside a source with a like name', () => {
    expect(locateCache(config, { WAYBILL_CACHE_DIR: '/shop/dist-cache' }, 'linux', 'digests')).toBeDefined();
  });
});

describe('commands', () => {
  it('plan reads it, deploy writes it', async () => {
    const rig = makeRig({ files: { 'a.txt': 'a' } });
    const env = { WAYBILL_CACHE_DIR: 'cache' };
    const planned = async () => planDeploy(await rig.session({ env, now: later, readonly: true }), {});
    await planned();
    expect(existsSync(join(rig.directory, 'cache'))).toBe(false);
    await deployIn(rig, env);
    const names = readdirSync(join(rig.directory, 'cache'));
    const name = names.find((one) => one.endsWith('.digests'));
    // Else the files would not even be looked up.
    for (const one of names) if (one !== name) rmSync(join(rig.directory, 'cache', one));
    writeFileSync(
      join(rig.directory, 'cache', name as string),
      lieAbout(join(rig.directory, 'site/a.txt'), { size: 1, sha256: sha256('z'), transportStream: false }),
    );
    expect((await planned()).files).toMatchObject([{ path: 'a.txt', sha256: sha256('z') }]);
  });
});

async function deployIn(rig: ReturnType<typeof makeRig>, env: Readonly<Record<string, string>>) {
  const options = { wait: 'submitted', waitTimeoutMs: 1000, confirm: async () => {} } as const;
  return deploy(await rig.session({ env, now: later }), options);
}
