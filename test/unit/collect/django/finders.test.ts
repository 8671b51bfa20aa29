import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findDjango } from '../../../../src/collect/django/find.ts';
import { makeTree } from '../../../temp.ts';
import { failure } from '../../config/stand-ins.ts';
import { link } from '../sources.ts';
import { djangoAt, findOptions } from './sources.ts';

type Files = Readonly<Record<string, string>>;
type More = Parameters<typeof djangoAt>[1];

async function find(files: Files, more: More) {
  const root = makeTree(files);
  const walked = await findDjango(djangoAt(root, more), findOptions(root));
  const found = Object.fromEntries(walked.files.map(({ path, file }) => [path, file.slice(root.length + 1)]));
  return { ...walked, found };
}

const shadow = (path: string) =>
  `Found another file with the destination path '${path}'. It will be ignored since only the first encountered file is collected. If this is not what you want, make sure every static file has a unique path.`;

describe('finders without Python', () => {
  test('dirs in order, then apps in order; the first file wins and each other one is reported', async () => {
    const { found, warnings, files } = await find(
      {
        'a/x.css': '',
        'a/sub/y.css': '',
        'b/x.css': '',
        'b/z.css': '',
        'one/static/z.css': '',
        'one/static/one/a.css': '',
        'one/views.py': '',
        'two/static/one/a.css': '',
        'three/models.py': '',
      },
      { dirs: ['a', 'b'], apps: ['two', 'one', 'three'] },
    );
    expect(found).toEqual({
      'x.css': 'a/x.css',
      'sub/y.css': 'a/sub/y.css',
      'z.css': 'b/z.css',
      'one/a.css': 'two/static/one/a.css',
    });
    expect(Object.keys(found).indexOf('x.css')).toBeLessThan(Object.keys(found).indexOf('sub/y.css'));
    expect(warnings).toEqual([shadow('x.css'), shadow('z.css'), shadow('one/a.css')]);
    expect(files.map(({ label }) => label)).toContain(join('two', 'static', 'one', 'a.css'));
  });

  test('prefixes of dirs and of the source', async () => {
    const files = { 'a/x.css': '', 'b/x.css': '' };
    const { found } = await find(files, { dirs: ['a', ['v/w', 'b']], prefix: 'p/' });
    expect(found).toEqual({ 'p/x.css': 'a/x.css', 'p/v/w/x.css': 'b/x.css' });
  });

  test('a folder twice counts once; under two prefixes, the last one counts for both', async () => {
    const twice = await find(
      { 'a/x.css': '' },
      {
        dirs: [
          ['v', 'a'],
          ['v', 'a'],
        ],
      },
    );
    expect([Object.keys(twice.found), twice.warnings]).toEqual([['v/x.css'], []]);
    const two = await find({ 'a/x.css': '' }, { dirs: [['v', 'a'], 'a', ['w', 'a']] });
    expect(two.found).toEqual({ 'w/x.css': 'a/x.css' });
    expect(two.warnings).toEqual([shadow('w/x.css')]);
  });

  const tree = {
    'a/keep.txt': '',
    'a/CVS/x': '',
    'a/.hidden': '',
    'a/.well-known/x': '',
    'a/old~': '',
    'a/d/e/f.txt': '',
    'a/d/g.txt': '',
    'a/D/h.TXT': '',
    'a/.git/config': '',
    'a/.env.prod': '',
  };
  test.each<[string, readonly string[], boolean, readonly string[]]>([
    ['the defaults', [], true, ['D/h.TXT', 'd/e/f.txt', 'd/g.txt', 'keep.txt']],
    [
      'none, but the never-list',
      [],
      false,
      ['.hidden', '.well-known/x', 'CVS/x', 'D/h.TXT', 'd/e/f.txt', 'd/g.txt', 'keep.txt', 'old~'],
    ],
    ['a folder by its name', ['e'], true, ['D/h.TXT', 'd/g.txt', 'keep.txt']],
    ['a folder with a slash', ['d/'], true, ['D/h.TXT', 'keep.txt']],
    ['no folder by its path', ['d/e'], true, ['D/h.TXT', 'd/e/f.txt', 'd/g.txt', 'keep.txt']],
    ['files by a path', ['d/*'], true, ['D/h.TXT', 'keep.txt']],
    ['files by a name, in one case', ['*.txt'], true, ['D/h.TXT']],
  ])('ignores %s', async (_, ignore, defaultIgnore, expected) => {
    const { found } = await find(tree, { dirs: ['a'], ignore, defaultIgnore });
    expect(Object.keys(found).sort()).toEqual([...expected].sort());
  });

  test('patterns see the path in the folder, without its prefix', async () => {
    const { found } = await find({ 'a/d/x': '', 'a/y': '' }, { dirs: [['p', 'a']], ignore: ['p/*', 'd/*'] });
    expect(Object.keys(found)).toEqual(['p/y']);
  });

  test('links are followed, out of the folder too, and named by their targets', async () => {
    const root = makeTree({ 'a/x.css': '', 'lib/jquery.js': '', 'lib/more/m.js': '' });
    link(root, 'a/jquery.js', '../lib/jquery.js');
    link(root, 'a/vendor', '../lib/more');
    const { files } = await findDjango(djangoAt(root, { dirs: ['a'] }), findOptions(root));
    expect(files.map(({ path, file }) => [path, file])).toEqual([
      ['jquery.js', join(root, 'lib/jquery.js')],
      ['x.css', join(root, 'a/x.css')],
      ['vendor/m.js', join(root, 'lib/more/m.js')],
    ]);
  });

  test.each([
    ['to nothing', 'gone', 'points to nothing'],
    ['in circles', '../a', 'goes in circles'],
  ])('a link %s is refused', async (_, target, message) => {
    const root = makeTree({ 'a/x.css': '' });
    link(root, 'a/bad', target);
    const error = await failure(findDjango(djangoAt(root, { dirs: ['a'] }), findOptions(root)));
    expect(error).toMatchObject({ code: 'SOURCE_SYMLINK', exitCode: 2 });
    expect(error.message).toBe(`the symbolic link a/bad ${message}`);
  });

  test('a FIFO is left out with a warning', async () => {
    const root = makeTree({ 'a/x.css': '' });
    execFileSync('mkfifo', [join(root, 'a/pipe')]);
    const { files, warnings } = await findDjango(djangoAt(root, { dirs: ['a'] }), findOptions(root));
    expect(files).toHaveLength(1);
    expect(warnings).toEqual(['a/pipe is left out: it is a FIFO, socket or device']);
  });

  test.each<[string, Files, More, string, string]>([
    ['no folder of dirs', {}, { dirs: ['gone'] }, 'SOURCE_MISSING', 'the folder gone of `dirs` is not there'],
    ['no folder of apps', {}, { apps: ['gone'] }, 'SOURCE_MISSING', 'the application gone is not there'],
    ['no files', { 'a/.x': '' }, { dirs: ['a'] }, 'SOURCE_EMPTY', 'has no static files to deploy'],
    [
      'a folder after a file',
      { 'a/x': '', 'b/x/y': '' },
      { dirs: ['a', 'b'] },
      'SOURCE_COLLISION',
      'x is both a file and a folder (b/x/y)',
    ],
    [
      'a file after a folder',
      { 'a/x': '', 'b/x/y/z': '' },
      { dirs: ['b', 'a'] },
      'SOURCE_COLLISION',
      'x is both a file and a folder (a/x)',
    ],
    ['a name with a newline', { 'a/x\n': '' }, { dirs: ['a'] }, 'SOURCE_NAME', 'holds a newline'],
  ])('refuses %s', async (_, files, more, code, message) => {
    const error = await failure(find(files, more));
    expect(error).toMatchObject({ code, exitCode: 2 });
    expect(error.message).toContain(message);
  });

  test('many shadowed files end in a number', async () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`${i}.txt`, '']));
    const files = Object.fromEntries(
      Object.keys(many).flatMap((name) => [
        [`a/${name}`, ''],
        [`b/${name}`, ''],
      ]),
    );
    const { warnings } = await find(files, { dirs: ['a', 'b'] });
    expect(warnings).toHaveLength(21);
    expect(warnings.at(-1)).toBe('Found other files with 10 more destination paths; they are ignored, too.');
  });

  test('the rules are those of the configuration, else of Django 5.2', async () => {
    const plain = await find({ 'a/x': '' }, { dirs: ['a'] });
    expect(plain.hashing).toEqual({ version: '5.2', staticUrl: '/static/', jsModules: false });
    const rules = { version: '3.2', staticUrl: '/s/', jsModules: true, lenient: false, keepOriginals: true };
    const said = await find({ 'a/x': '' }, { dirs: ['a'], rules });
    expect(said.hashing).toEqual({ version: '3.2', staticUrl: '/s/', jsModules: true });
  });
});
