import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeTree, writeTree } from '../temp.ts';
import { local, parseError, parseJson, waybill } from './waybill.ts';

const md5 = (text: string) => createHash('md5').update(text).digest('hex').slice(0, 12);
const url = 'https://cdn.example/v.css';

function configure(cwd: string, more: object = {}, top: object = {}): void {
  const config = {
    project: 'shop',
    sources: [{ kind: 'django', apps: ['app'], ...more }],
    environments: { dev: local({ outputs: [{ kind: 'django-manifest', path: 'out/staticfiles.json' }] }) },
    ...top,
  };
  writeTree(cwd, { 'waybill.config.json': JSON.stringify(config) });
}

function makeSite(more: object = {}, top: object = {}): string {
  const cwd = makeTree({ 'app/static/a.txt': 'one', 'app/static/v.css': 'v{}' });
  configure(cwd, more, top);
  return cwd;
}

const manifestOf = (cwd: string) => JSON.parse(readFileSync(join(cwd, 'out/staticfiles.json'), 'utf8'));

describe('a Django source without Python', () => {
  test('deploy, url, show and staticfiles.json name the hashed files; rollback writes the older names', async () => {
    const cwd = makeSite();
    expect(parseJson(await waybill(cwd, 'deploy --json'))).toMatchObject({ uploaded: { files: 4 } });
    const first = { paths: { 'a.txt': `a.${md5('one')}.txt`, 'v.css': `v.${md5('v{}')}.css` }, version: '1.1' };
    expect(manifestOf(cwd)).toMatchObject(first);
    const base = 'http://127.0.0.1:4100/static/';
    expect((await waybill(cwd, 'url a.txt')).stdout).toBe(`${base}a.${md5('one')}.txt\n`);
    expect((await waybill(cwd, `url a.${md5('one')}.txt`)).stdout).toBe(`${base}a.${md5('one')}.txt\n`);
    const { files } = parseJson<{ files: { path: string; key: string; class: string }[] }>(
      await waybill(cwd, 'show --json'),
    );
    expect(files.map(({ path, key, class: kind }) => `${path} ${key} ${kind}`)).toContain(
      `a.txt a.${md5('one')}.txt immutable`,
    );

    writeTree(cwd, { 'app/static/a.txt': 'two' });
    expect(parseJson(await waybill(cwd, 'deploy --json'))).toMatchObject({ version: 2, uploaded: { files: 2 } });
    expect(manifestOf(cwd).paths['a.txt']).toBe(`a.${md5('two')}.txt`);
    expect((await waybill(cwd, 'rollback')).code).toBe(0);
    expect(manifestOf(cwd)).toMatchObject(first);
  });

  test('below Django 4.2 the manifest is of version 1.0; another version is another manifest', async () => {
    const cwd = makeSite({ djangoVersion: '3.2' });
    await waybill(cwd, 'deploy');
    expect(Object.keys(manifestOf(cwd))).toEqual(['paths', 'version']);
    expect(manifestOf(cwd).version).toBe('1.0');
    configure(cwd, { djangoVersion: '5.2' });
    expect(parseJson(await waybill(cwd, 'deploy --json'))).toMatchObject({ version: 2, uploaded: { files: 0 } });
    expect(manifestOf(cwd)).toMatchObject({ version: '1.1', hash: expect.stringMatching(/^[0-9a-f]{12}$/) });
    expect((await waybill(cwd, 'rollback')).code).toBe(0);
    expect(manifestOf(cwd).version).toBe('1.0');
  });

  test('externals: url, show and the manifest name the public copy; a new one is a new version', async () => {
    const cwd = makeSite();
    await waybill(cwd, 'deploy');
    configure(cwd, {}, { externals: { 'v.css': { url } } });
    expect(parseJson(await waybill(cwd, 'deploy --json'))).toMatchObject({ version: 2, uploaded: { files: 0 } });
    expect((await waybill(cwd, 'url v.css')).stdout).toBe(`${url}\n`);
    expect(manifestOf(cwd).paths['v.css']).toBe(url);
    expect((await waybill(cwd, 'show')).stdout).toMatch(/v\.css +external +https:\/\/cdn\.example\/v\.css/);
    expect(parseJson(await waybill(cwd, 'show --json')).externals).toMatchObject({ 'v.css': { url } });
    expect(parseJson(await waybill(cwd, 'plan --json'))).toMatchObject({ version: 2, phases: [] });
  });

  test('warnings of a lenient source are cut for people, and whole as JSON', async () => {
    const cwd = makeSite({ lenient: true });
    const lines = Array.from({ length: 30 }, (_, index) => `a{background:url(gone${index}.png)}`);
    writeTree(cwd, { 'app/static/b.css': lines.join('\n') });
    const { stdout } = await waybill(cwd, 'plan');
    expect(stdout).toContain('app/static/b.css'.slice('app/static/'.length));
    expect(stdout).toContain('… and 20 more warnings (--json lists all)');
    expect(stdout.match(/gone\d+\.png/g)?.length).toBeLessThan(25);
    expect(parseJson(await waybill(cwd, 'plan --json')).warnings).toHaveLength(30);
    const deployed = await waybill(cwd, 'deploy');
    expect(deployed.stdout).toContain('… and 20 more warnings (--json lists all)');
    expect(deployed.stderr).not.toContain('gone29.png');
  });

  test.each<[string, object, Record<string, string>, string]>([
    ['no Python', { manage: 'manage.py', python: './no/python' }, { 'manage.py': '' }, 'PYTHON_MISSING'],
    ['no manage.py', { manage: 'manage.py' }, {}, 'SOURCE_MISSING'],
    ['a missing reference', {}, { 'app/static/b.css': 'a{background:url(gone.png)}' }, 'DJANGO_REFERENCE_MISSING'],
    [
      'imports in circles',
      { jsModules: true },
      { 'app/static/a.js': 'import "./b.js";', 'app/static/b.js': 'import "./a.js";' },
      'DJANGO_CYCLE',
    ],
  ])('%s is exit 2, and nothing is written', async (_, more, files, code) => {
    const cwd = makeSite(more);
    writeTree(cwd, files);
    const run = await waybill(cwd, 'deploy --json');
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(parseError(run)).toMatchObject({ code, exitCode: 2, hint: expect.any(String) });
    expect((await waybill(cwd, 'versions --json')).stdout).toContain('"versions": []');
  });
});
