import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeTree, writeTree } from '../temp.ts';
import { local, parseError, parseJson, waybill } from './waybill.ts';

const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' };
const files = {
  'app/static/app/a.css': 'a { background: url(i.png) }',
  'app/static/app/i.png': 'png',
  'app/static/app/same.txt': 'same',
  'frontend/main.js': 'main()',
};

function makeSite(more: object = {}): string {
  const sources = [
    { kind: 'django', apps: ['app'], ...more },
    { kind: 'directory', path: 'frontend', prefix: 'web' },
  ];
  const config = { project: 'shop', sources, environments: { dev: local() } };
  return makeTree({ ...files, 'waybill.config.json': JSON.stringify(config), '.gitignore': '.cdn/\n' });
}

function git(cwd: string, ...args: string[]): void {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false'];
  execFileSync('git', [...identity, ...args], { cwd, stdio: 'ignore', env });
}

function commit(cwd: string): void {
  git(cwd, 'init', '-q');
  git(cwd, 'add', '-A');
  git(cwd, 'commit', '-q', '-m', 'all');
}

const run = (cwd: string, line: string, more: object = {}) => waybill(cwd, line, { env, ...more });
const deployed = async (cwd: string) => expect((await run(cwd, 'deploy')).code).toBe(0);
const left = (cwd: string) => Object.keys(files).filter((file) => existsSync(join(cwd, file)));

describe('strip', () => {
  test('what was installed into a virtual environment of the project is counted and left alone', async () => {
    const app = '.venv/lib/python3/site-packages/lib';
    const cwd = makeSite({ apps: ['app', app] });
    writeTree(cwd, { [`${app}/static/lib/b.css`]: 'b {}' });
    await deployed(cwd);
    const { files: held, outside } = parseJson(await run(cwd, 'strip --json'));
    expect(outside).toBe(1);
    expect(JSON.stringify(held)).not.toContain('site-packages');
  });

  test('lists what the live version holds byte for byte, one path a line; deletes nothing', async () => {
    const cwd = makeSite();
    await deployed(cwd);
    writeFileSync(join(cwd, 'app/static/app/same.txt'), 'changed since');
    writeFileSync(join(cwd, 'app/static/app/new.txt'), 'new');
    const result = await run(cwd, 'strip');
    expect(result.stdout).toBe('app/static/app/a.css\napp/static/app/i.png\nfrontend/main.js\n');
    expect(result.stderr).toContain('Held by version 1 of dev: 3 local files, 37 B.');
    expect(left(cwd)).toEqual(Object.keys(files));
    expect(parseJson(await run(cwd, 'strip --json'))).toMatchObject({
      kind: 'strip',
      format: 1,
      version: 1,
      deleted: false,
      files: [{ path: 'app/a.css', file: 'app/static/app/a.css', size: 28 }, {}, { path: 'web/main.js' }],
    });
  });

  test.each([
    ['the file itself is gone from', 'app/i.png'],
    ['the file was changed at', 'app/i.png', 'xxx'],
    ['its hashed copy is gone from', 'app/i.*.png'],
  ])('a file is left out, with a warning, where %s the origin', async (_, key, text?: string) => {
    const cwd = makeSite();
    await deployed(cwd);
    const name = (await run(cwd, `url ${key.includes('*') ? 'app/i.png' : 'app/a.css'}`)).stdout.trim();
    const hashed = name.slice(name.indexOf('/static/') + '/static/'.length);
    const file = join(cwd, '.cdn', key.includes('*') ? hashed : key);
    execFileSync('rm', [file]);
    if (text !== undefined) writeFileSync(file, text);
    const result = await run(cwd, 'strip');
    expect(result.stdout).not.toContain('i.png');
    expect(result.stdout).toContain('a.css');
    expect(result.stderr).toMatch(
      /warning: 1 files are not at the origin.*first: app\/i\.png.*waybill deploy --env dev/,
    );
  });

  test('--delete --yes deletes what is committed; the rest of the site goes on', async () => {
    const cwd = makeSite();
    commit(cwd);
    await deployed(cwd);
    writeTree(cwd, { 'frontend/notes.txt': 'untracked, and not deployed' });
    const result = await run(cwd, 'strip --delete --yes');
    expect(result.code).toBe(0);
    expect(result.stderr).toContain('Deleted 4 local files');
    expect(left(cwd)).toEqual([]);
    expect(existsSync(join(cwd, 'frontend/notes.txt'))).toBe(true);
    expect((await run(cwd, 'url app/a.css')).stdout).toMatch(/\/app\/a\.[0-9a-f]{12}\.css\n$/);
  });

  test.each<[string, (cwd: string) => void, string]>([
    ['modified', (cwd) => writeTree(cwd, { 'app/static/app/same.txt': 'modified' }), 'app/static/app/same.txt'],
    ['untracked', (cwd) => writeTree(cwd, { 'frontend/é b.js': 'untracked' }), 'frontend/é b.js'],
    [
      'in a repository inside',
      (cwd) => {
        writeTree(cwd, { 'frontend/inner/new.js': 'untracked' });
        git(join(cwd, 'frontend/inner'), 'init', '-q');
      },
      'frontend/inner/new.js',
    ],
    [
      'modified in a submodule',
      (cwd) => {
        writeTree(cwd, { 'frontend/inner/new.js': 'committed' });
        commit(join(cwd, 'frontend/inner'));
        commit(cwd);
        writeTree(cwd, { 'frontend/inner/new.js': 'modified' });
      },
      'frontend/inner/new.js',
    ],
  ])('--delete refuses what is %s, and deletes nothing', async (_, change, file) => {
    const cwd = makeSite();
    commit(cwd);
    change(cwd);
    await deployed(cwd);
    const result = await run(cwd, 'strip --delete --yes --json');
    expect(result).toMatchObject({ code: 4, stdout: '' });
    expect(parseError(result)).toMatchObject({ code: 'STRIP_UNSAFE', exitCode: 4 });
    expect(parseError(result).message).toContain(file);
    expect(left(cwd)).toEqual(Object.keys(files));
  });

  test('--delete takes ignored build output, and works where there is no repository', async () => {
    const built = makeSite();
    writeTree(built, { '.gitignore': '.cdn/\nfrontend/\n' });
    commit(built);
    const bare = makeSite();
    for (const cwd of [built, bare]) {
      await deployed(cwd);
      expect((await run(cwd, 'strip --delete --yes')).code).toBe(0);
      expect(left(cwd)).toEqual([]);
    }
  });

  test('a file that links lead to from two paths is listed and deleted once, unless one of them is missing', async () => {
    const cwd = makeSite();
    symlinkSync('same.txt', join(cwd, 'app/static/app/link.txt'));
    await deployed(cwd);
    const lines = async () => (await run(cwd, 'strip')).stdout.split('\n').filter((line) => line.includes('same.txt'));
    expect(await lines()).toHaveLength(1);
    execFileSync('rm', [join(cwd, '.cdn/app/link.txt')]);
    expect(await lines()).toEqual([]);
    await deployed(cwd);
    expect((await run(cwd, 'strip --delete --yes')).code).toBe(0);
    expect(left(cwd)).toEqual([]);
  });

  test('without a terminal --delete needs --yes; at one, an answer', async () => {
    const cwd = makeSite();
    await deployed(cwd);
    const refused = await run(cwd, 'strip --delete');
    expect(refused.code).toBe(4);
    expect(refused.stderr).toMatch(/STRIP_UNSAFE[\s\S]*--yes/);
    const ask = (text: string) => run(cwd, 'strip --delete', { isTTY: true, answer: { after: '[y/N]', text } });
    expect((await ask('n\n')).code).toBe(4);
    expect(left(cwd)).toHaveLength(4);
    expect((await ask('y\n')).code).toBe(0);
    expect(left(cwd)).toEqual([]);
  });

  test('nothing live, nothing held', async () => {
    const cwd = makeSite();
    expect((await run(cwd, 'strip')).stderr).toContain('NOTHING_LIVE');
    await deployed(cwd);
    for (const file of Object.keys(files)) writeFileSync(join(cwd, file), `${readFileSync(join(cwd, file))}!`);
    expect((await run(cwd, 'strip --delete')).stdout).toBe('\n');
  });
});
