import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { noDjango, python } from '../servers/python.ts';
import { makeTree } from '../temp.ts';
import { findPort, root, runWell, serve, waybill } from './waybill.ts';

/** A copy of an example, with a free port in its configuration. */
async function copyExample(name: string, config: string): Promise<{ folder: string; url: string }> {
  const folder = makeTree();
  cpSync(join(root, 'examples', name), folder, { recursive: true });
  const file = join(folder, config);
  const text = readFileSync(file, 'utf8').replace(/(http:\/\/127\.0\.0\.1):\d+/, `$1:${await findPort()}`);
  writeFileSync(file, text);
  const url = /http:\/\/127\.0\.0\.1:\d+\/[^'"\s]*/.exec(text)?.[0] ?? '';
  return { folder, url };
}

async function get(url: string) {
  const response = await fetch(url);
  const header = (name: string) => response.headers.get(name);
  return {
    status: response.status,
    type: header('content-type'),
    cache: header('cache-control'),
    xCache: header('x-cache'),
    body: await response.text(),
  };
}

const yearLong = 'public, max-age=31536000, immutable';
const revalidated = 'public, max-age=0, s-maxage=86400, must-revalidate';

test('plain: deployed, served, changed, rolled back', async () => {
  const { folder, url } = await copyExample('plain', 'waybill.config.ts');
  expect(await waybill(folder, 'plan', '--env', 'dev')).toMatchObject({ kind: 'plan', summary: { upload: 4 } });
  expect(await waybill(folder, 'deploy', '--env', 'dev')).toMatchObject({ version: 1, uploaded: { files: 4 } });
  await serve(folder, url);
  expect(await get(url)).toMatchObject({ status: 200, type: 'text/html; charset=utf-8' });
  const before = await get(`${url}css/site.css`);
  expect(before).toMatchObject({ type: 'text/css; charset=utf-8', cache: revalidated, xCache: 'MISS' });
  expect(await get(`${url}img/mark.svg`)).toMatchObject({ cache: 'public, max-age=600' });

  writeFileSync(join(folder, 'site/css/site.css'), 'h1 { color: teal }');
  expect(await waybill(folder, 'deploy', '--env', 'dev')).toMatchObject({ uploaded: { files: 1 }, unchanged: 3 });
  expect(await get(`${url}css/site.css`)).toMatchObject({ body: 'h1 { color: teal }', xCache: 'MISS' });
  expect(await waybill(folder, 'rollback', '--env', 'dev')).toMatchObject({ version: 1, uploaded: { files: 0 } });
  expect((await get(`${url}css/site.css`)).body).toBe(before.body);
  expect(readFileSync(join(folder, '.env.cdn'), 'utf8')).toBe(`CDN_URL=${url}\n`);
});

test('vite: hashed names are kept for a year, the page is not', async () => {
  const { folder, url } = await copyExample('vite', 'waybill.config.json');
  const { url: base } = await waybill(folder, 'url', '--env', 'dev');
  expect(base).toBe(url);
  await runWell(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'], {
    cwd: folder,
    env: { CDN_URL: base },
  });
  await waybill(folder, 'deploy', '--env', 'dev');
  await serve(folder, url);
  const page = await get(url);
  expect(page).toMatchObject({ status: 200, cache: revalidated });
  const named = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
  expect(named.length).toBeGreaterThanOrEqual(2);
  for (const one of named) {
    expect(one.startsWith(url)).toBe(true);
    expect(await get(one)).toMatchObject({ status: 200, cache: yearLong });
  }
});

test.skipIf(noDjango)('django: hashed names are kept for a year, and the page names them', async () => {
  const { folder, url } = await copyExample('django', 'waybill.config.yaml');
  const config = join(folder, 'waybill.config.yaml');
  const text = readFileSync(config, 'utf8');
  writeFileSync(config, text.replace('manage: manage.py', `manage: manage.py\n    python: ${python}`));
  await waybill(folder, 'deploy', '--env', 'dev');
  await serve(folder, url);
  expect(await get(`${url}catalog/style.css`)).toMatchObject({ status: 200, cache: revalidated });
  const code =
    'import django; django.setup(); from django.templatetags.static import static; print(static("catalog/style.css"))';
  const env = { CDN_URL: url, DJANGO_SETTINGS_MODULE: 'shop.settings' };
  const named = (await runWell(python, ['-c', code], { cwd: folder, env })).trim();
  expect(named).toMatch(/\/static\/catalog\/style\.[0-9a-f]{12}\.css$/);
  expect(await get(named)).toMatchObject({ status: 200, cache: yearLong });
  expect((await get(named)).body).toMatch(/url\("img\/tile\.[0-9a-f]{12}\.svg"\)/);
});

test('npm run demo: every step, and nothing left behind', async () => {
  const temp = makeTree();
  const printed = await runWell(process.execPath, [join(root, 'examples/demo.mjs')], {
    cwd: root,
    env: { TMPDIR: temp, NODE_DISABLE_COMPILE_CACHE: '1' },
  });
  expect(printed).toMatch(/First deploy\n {2}version 1 is live \(before: none\)/);
  expect(printed).toMatch(/One file changed, deployed again\n {2}version 2 .*\n {2}uploaded 1 file, /);
  expect(printed).toMatch(
    /without a change\n.*\n {2}uploaded 0 files.*\n.*left 46 .*\n.*forget nothing\n.* 0 write, 0 copy/,
  );
  expect(printed).toMatch(
    /Rolled back\n {2}version 1 is live \(before: 2\).*\n {2}uploaded 0 files.*\n {2}copied 1 file at/,
  );
  const caches = [...printed.matchAll(/X-Cache: (\w+)/g)].map((match) => match[1]);
  expect(caches).toEqual(['MISS', 'HIT', 'MISS', 'HIT', 'MISS']);
  expect(printed).toMatch(/CDN_URL=http:\/\/127\.0\.0\.1:\d+\/static\//);
  expect(readdirSync(temp)).toEqual([]);
});
