import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { CollectOptions } from '../../../../src/collect/collect.ts';
import type { DjangoRules } from '../../../../src/config/types.ts';
import { mapPaths } from '../../../../src/lookup.ts';
import { renderDjangoManifest } from '../../../../src/outputs/django-manifest.ts';
import { makeTree } from '../../../temp.ts';
import { failure } from '../../config/stand-ins.ts';
import { collectFrom, sourceAt } from '../sources.ts';
import { djangoAt } from './sources.ts';

type Files = Readonly<Record<string, string | Uint8Array>>;
const md5 = (text: string) => createHash('md5').update(text).digest('hex').slice(0, 12);
const rules = (more: Partial<DjangoRules> = {}): DjangoRules => ({ lenient: false, keepOriginals: true, ...more });

/** The files of `s/` as a Django source. */
function collectDjango(files: Files, more: Parameters<typeof djangoAt>[1] = {}, options: Partial<CollectOptions> = {}) {
  const root = makeTree(Object.fromEntries(Object.entries(files).map(([path, text]) => [`s/${path}`, text])));
  return collectFrom([djangoAt(root, { dirs: ['s'], ...more })], { directory: root, ...options });
}

const site = { 'css/a.css': 'a{background:url(i.png)}', 'css/i.png': 'png' };
const png = `i.${md5('png')}.png`;
const css = `a{background:url("${png}")}`;
const cssKey = `css/a.${md5(css)}.css`;

describe('a Django source', () => {
  test('each file twice: its own name, and the hashed one with references rewritten', async () => {
    const { assets, lookup } = await collectDjango(site);
    expect(assets.map((asset) => [asset.key, asset.path, asset.class, asset.headers['content-type']])).toEqual([
      [cssKey, 'css/a.css', 'immutable', 'text/css; charset=utf-8'],
      ['css/a.css', 'css/a.css', 'mutable', 'text/css; charset=utf-8'],
      [`css/${png}`, 'css/i.png', 'immutable', 'image/png'],
      ['css/i.png', 'css/i.png', 'mutable', 'image/png'],
    ]);
    expect(lookup).toEqual({ djangoVersion: '5.2' });
    const bytes = await Promise.all(assets.map(async ({ body }) => Buffer.from(await body.bytes()).toString()));
    expect(bytes).toEqual([css, site['css/a.css'], 'png', 'png']);
    expect(assets[0]?.headers['cache-control']).toContain('immutable');
    expect(assets[0]).toMatchObject({ size: css.length, sha256: createHash('sha256').update(css).digest('hex') });
  });

  test('keepOriginals: false leaves the hashed ones; a prefix stands before both', async () => {
    const { assets } = await collectDjango(site, { rules: rules({ keepOriginals: false }), prefix: 'p/' });
    expect(assets.map(({ path, key }) => [path, key])).toEqual([
      ['p/css/a.css', `p/${cssKey}`],
      ['p/css/i.png', `p/css/${png}`],
    ]);
  });

  test('a directory with the fingerprint django is named likewise', async () => {
    const source = sourceAt(makeTree(site), { fingerprint: 'django', rules: rules({ version: '3.2' }) });
    const { assets, lookup } = await collectFrom([source]);
    expect(assets.map(({ key }) => key)).toContain(cssKey);
    expect(lookup.djangoVersion).toBe('3.2');
  });

  test('with the fingerprint none, no name is added', async () => {
    const root = makeTree({ 's/a.css': 'url(gone.png)' });
    const { rules: _, ...source } = djangoAt(root, { dirs: ['s'], fingerprint: 'none' });
    expect((await collectFrom([source])).assets.map(({ key }) => key)).toEqual(['a.css']);
  });

  test('a missing reference is exit 2, and a warning where it is lenient', async () => {
    const files = { 'a.css': 'a{}\nb{background:url(gone.png)}' };
    const error = await failure(collectDjango(files));
    expect(error.exitCode).toBe(2);
    expect(error.message).toMatch(/a\.css[\s\S]*gone\.png/);
    const { warnings } = await collectDjango(files, { rules: rules({ lenient: true }) });
    expect(warnings.join()).toMatch(/a\.css[\s\S]*gone\.png/);
  });

  test('files that share a hashed name are one asset; every path finds it', async () => {
    const { assets, lookup } = await collectDjango({ 'a b.txt': 'x', 'a%20b.txt': 'x' });
    const key = `a b.${md5('x')}.txt`;
    expect(assets.map((asset) => asset.key)).toEqual(['a b.txt', `a b.${md5('x')}.txt`, 'a%20b.txt'].sort());
    expect(lookup.aliases).toEqual({
      [assets.find((asset) => asset.key === key)?.path === 'a b.txt' ? 'a%20b.txt' : 'a b.txt']: key,
    });
    const paths = JSON.parse(renderDjangoManifest({ files: assets, ...lookup })).paths;
    expect(paths).toEqual({ 'a b.txt': key, 'a%20b.txt': key });
  });

  test('a file that has another one’s hashed name stays, and both paths are found', async () => {
    const taken = `a.${md5('x')}.txt`;
    const { assets, lookup } = await collectDjango({ 'a.txt': 'x', [taken]: 'x' });
    expect(new Set(assets.map((asset) => asset.key)).size).toBe(assets.length);
    const paths = mapPaths({ files: assets, ...lookup });
    expect(paths.get('a.txt')).toBe(taken);
    expect(paths.get(taken)).toBe(`a.${md5('x')}.${md5('x')}.txt`);
  });

  test('two sources: one of them wins a path; the other’s hashed copy stays for its own references', async () => {
    const root = makeTree({ 's/a.css': 'one', 'd/a.css': 'two', 's/b.css': '@import "a.css";' });
    const sources = [djangoAt(root, { dirs: ['s'] }), sourceAt(`${root}/d`)];
    expect(await failure(collectFrom(sources))).toMatchObject({ code: 'SOURCE_COLLISION' });
    const last = await collectFrom(sources, { collisions: 'last' });
    expect(last.assets.filter(({ path }) => path === 'a.css').map(({ key }) => key)).toEqual(['a.css']);
    expect(last.assets.map(({ key }) => key)).toContain(`a.${md5('one')}.css`);
    expect(mapPaths({ files: last.assets, ...last.lookup }).get('a.css')).toBe('a.css');
    const first = await collectFrom(sources, { collisions: 'first' });
    expect(first.assets.filter(({ path }) => path === 'a.css').map(({ key }) => key)).toEqual(
      [`a.${md5('one')}.css`, 'a.css'].sort(),
    );
  });

  test('a backslash in a name is a slash, in all names', async () => {
    const { assets, lookup } = await collectDjango({ 'a\\b.txt': 'x' });
    expect(assets.map(({ path, key }) => `${path} ${key}`)).toEqual([`a/b.txt a/b.${md5('x')}.txt`, 'a/b.txt a/b.txt']);
    expect([...mapPaths({ files: assets, ...lookup })]).toEqual([['a/b.txt', `a/b.${md5('x')}.txt`]]);
  });

  test('other bytes at a hashed key are refused', async () => {
    const root = makeTree({ 's/a.txt': 'x', [`d/a.${md5('x')}.txt`]: 'y' });
    const error = await failure(collectFrom([djangoAt(root, { dirs: ['s'] }), sourceAt(`${root}/d`)]));
    expect(error).toMatchObject({ code: 'SOURCE_COLLISION', exitCode: 2 });
    expect(error.message).toContain(`a.${md5('x')}.txt`);
  });

  test('a hashed name that is too long is refused', async () => {
    const error = await failure(collectDjango({ 'a.txt': 'x' }, {}, { maxKeyBytes: 10 }));
    expect(error).toMatchObject({ code: 'SOURCE_NAME' });
  });
});

describe('externals', () => {
  const url = 'https://cdn.example/v.css';
  const sri = (algorithm: string, text: string) =>
    `${algorithm}-${createHash(algorithm).update(text).digest('base64')}`;
  const withExternal = (path: string, integrity?: string) => ({
    externals: new Map([[path, { url, ...(integrity === undefined ? {} : { integrity }) }]]),
  });

  test('are not uploaded, under neither name, and found by their URL', async () => {
    const { assets, lookup } = await collectDjango({ 'v.css': 'v{}', 'b.txt': '' }, {}, withExternal('v.css'));
    expect(assets.map(({ path }) => path)).toEqual(['b.txt', 'b.txt']);
    expect(lookup.externals).toEqual({ 'v.css': { url, integrity: sri('sha384', 'v{}') } });
    expect(JSON.parse(renderDjangoManifest({ files: assets, ...lookup })).paths['v.css']).toBe(url);
  });

  test('local bytes must have one of the strongest digests', async () => {
    const digests = `${sri('sha256', 'other')} ${sri('sha512', 'x')} ${sri('sha512', 'v{}')}`;
    const { lookup } = await collectDjango({ 'v.css': 'v{}', b: '' }, {}, withExternal('v.css', digests));
    expect(lookup.externals?.['v.css']?.integrity).toBe(digests);
    const wrong = await failure(collectDjango({ 'v.css': 'v{}' }, {}, withExternal('v.css', sri('sha384', 'other'))));
    expect(wrong).toMatchObject({ code: 'EXTERNAL_MISMATCH', exitCode: 2 });
    expect(wrong.message).toContain(sri('sha384', 'v{}'));
  });

  test('need no local file', async () => {
    const { lookup } = await collectDjango({ b: '' }, {}, withExternal('v.css', 'sha384-AAAA'));
    expect(lookup.externals).toEqual({ 'v.css': { url, integrity: 'sha384-AAAA' } });
  });

  test('one that a rewritten file names is uploaded all the same, with a warning', async () => {
    const { assets, lookup, warnings } = await collectDjango(site, {}, withExternal('css/i.png'));
    expect(assets).toHaveLength(4);
    expect(warnings).toEqual(['css/i.png is uploaded although it is one of `externals`: css/a.css names it']);
    expect(lookup.externals?.['css/i.png']?.url).toBe(url);
  });

  test.each<[string, string | Buffer]>([
    ['a missing reference', '@import "gone.css";'],
    ['bytes that are no UTF-8', Buffer.from([0xff])],
  ])('%s inside of one is none of ours', async (_, body) => {
    const { assets, warnings } = await collectDjango({ 'v.css': body, b: '' }, {}, withExternal('v.css'));
    expect(assets.map(({ path }) => path)).toEqual(['b', 'b']);
    expect(warnings).toEqual([]);
    await failure(collectDjango({ 'v.css': body, b: '' }));
  });
});
