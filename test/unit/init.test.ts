import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { applyInit, planInit } from '../../src/init.ts';
import { makeTree } from '../temp.ts';
import { catalogs, failure, standIn } from './config/stand-ins.ts';

const library = { 'node_modules/waybill/package.json': '{"name":"waybill"}' };
const load = (root: string) =>
  loadConfig({ cwd: root, catalogs, library: join(makeTree({ 'l.mjs': standIn }), 'l.mjs') });

describe('what is found', () => {
  test.each<[string, Record<string, string>]>([
    ['Django', { 'manage.py': '' }],
    ['Django with a package.json', { 'manage.py': '', 'package.json': '{"devDependencies":{"vite":"7"}}' }],
  ])('%s', async (_, files) => {
    const root = makeTree({ '.git/HEAD': '', ...files });
    const plan = await planInit(root);
    expect(plan.found).toBe('a Django project');
    expect(JSON.parse(plan.content).sources).toEqual([{ kind: 'django', manage: 'manage.py' }]);
    expect(plan.notes.join('\n')).toMatch(/finders.*STATIC_URL/s);
    await applyInit(plan);
    expect((await load(root)).sources[0]).toMatchObject({
      kind: 'django',
      project: { manage: join(root, 'manage.py') },
    });
  });

  test('Django in TypeScript: the commented `prod` writes staticfiles.json', async () => {
    const plan = await planInit(makeTree({ 'manage.py': '', 'package.json': '{}', ...library }));
    expect(plan.content).toContain("sources: [{ kind: 'django', manage: 'manage.py' }]");
    expect(plan.content).toMatch(/\/\/ {3}outputs: .*'django-manifest', path: 'staticfiles.json'/);
  });

  test.each<[string, Record<string, string>, string, string]>([
    ['Vite by its configuration', { 'vite.config.ts': 'export default {}' }, 'a Vite project', 'dist'],
    ['Vite by package.json', { 'package.json': '{"devDependencies":{"vite":"7"}}' }, 'a Vite project', 'dist'],
    ['Vite with outDir', { 'vite.config.js': "export default { build: { outDir: 'web' } }" }, 'a Vite project', 'web'],
    ['a build folder', { 'build/index.html': '' }, 'files in build', 'build'],
    ['a build folder with assets', { 'out/assets/a.js': '' }, 'files in out', 'out'],
    ['a site generator’s folder', { '_site/index.html': '', 'index.md': '' }, 'files in _site', '_site'],
    ['a folder of files', { 'index.html': '', 'style.css': '' }, 'a plain directory', '.'],
    ['nothing', {}, 'no files yet', 'public'],
    ['a build folder without files', { 'dist/.gitkeep': '' }, 'no files yet', 'public'],
  ])('%s', async (_, files, found, path) => {
    const root = makeTree({ '.git/HEAD': '', ...files });
    const plan = await planInit(root);
    expect(plan.found).toBe(found);
    expect(JSON.parse(plan.content).sources).toEqual([{ kind: 'directory', path }]);
    expect(existsSync(plan.file)).toBe(false);
  });

  test.each([
    ['package.json', { 'package.json': '{"name":"@shop/web"}' }, '@shop/web'],
    ['the folder, where package.json is broken', { 'package.json': '{' }, /^waybill-test-/],
    ['the folder', {}, /^waybill-test-/],
  ])('the project’s name comes from %s', async (_, files, name) => {
    const { project } = JSON.parse((await planInit(makeTree(files))).content);
    expect(project).toEqual(typeof name === 'string' ? name : expect.stringMatching(name));
  });
});

describe('what is written', () => {
  test('json, where waybill is not installed: it loads as it stands', async () => {
    const root = makeTree({ '.git/HEAD': '', 'package.json': '{}', 'tsconfig.json': '{}', 'dist/index.html': '' });
    const plan = await planInit(root);
    expect(plan.file).toBe(join(root, 'waybill.config.json'));
    await applyInit(plan);
    const { environments, sources } = await load(root);
    expect(sources[0]?.path).toBe(join(root, 'dist'));
    expect(environments.get('dev')).toMatchObject({
      url: 'http://127.0.0.1:4100/',
      origin: { provider: { id: 'local' }, location: { store: join(root, '.cdn') } },
      edges: [{ provider: { id: 'local' } }],
      outputs: [{ kind: 'dotenv', path: join(root, '.env.cdn') }],
    });
  });

  test.each([
    ['in node_modules', { ...library, 'package.json': '{"name":"it\'s"}' }],
    ['in package.json', { 'package.json': '{"name":"it\'s","devDependencies":{"waybill":"0"}}' }],
  ])('TypeScript, where waybill is %s: it loads as it stands', async (_, files) => {
    const root = makeTree({ '.git/HEAD': '', 'index.html': '', ...files });
    const plan = await planInit(root);
    expect(plan.file).toBe(join(root, 'waybill.config.ts'));
    await applyInit(plan);
    const config = await load(root);
    expect(config.project).toBe("it's");
    expect(config.ignore).toContain('/.cdn/');
    expect([...config.environments.keys()]).toEqual(['dev']);
  });

  test('the commented `prod` is valid once it is uncommented, with a state of its own', async () => {
    const root = makeTree({ '.git/HEAD': '', 'package.json': '{}', ...library });
    const plan = await planInit(root);
    await applyInit({ ...plan, content: plan.content.replaceAll(/^( *)\/\/ (?!Live)/gm, '$1') });
    const prod = (await load(root)).environments.get('prod')!;
    expect(prod.edges).toMatchObject([{ provider: { id: 'cloudfront' } }]);
    expect(prod.state.location).toEqual({ store: 's3://my-bucket', prefix: 'waybill-state' });
    expect(prod.protected).toBe(true);
  });
});

describe('what is refused', () => {
  test.each(['waybill.config.ts', 'waybill.config.toml'])('a folder that has %s', async (name) => {
    const root = makeTree({ [name]: 'mine' });
    const error = await failure(planInit(root));
    expect(error).toMatchObject({ code: 'USAGE', exitCode: 2 });
    expect(error.message).toContain(join(root, name));
  });

  test('a file that came to be after the plan is kept', async () => {
    const root = makeTree();
    const plan = await planInit(root);
    await applyInit({ ...plan, content: 'first' });
    expect(await failure(applyInit(plan))).toMatchObject({ code: 'USAGE' });
    expect(readFileSync(plan.file, 'utf8')).toBe('first');
  });

  test('a folder that is not there', async () => {
    expect(await failure(planInit(join(makeTree(), 'gone')))).toMatchObject({ code: 'USAGE', exitCode: 2 });
  });
});
