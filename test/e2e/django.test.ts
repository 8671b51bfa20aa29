import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Chromium, noChromium, type Page, startChromium } from '../servers/chromium.ts';
import { noDjango, python } from '../servers/python.ts';
import { startS3Server } from '../servers/s3.ts';
import { makeTree } from '../temp.ts';
import { bin, findPort, root, runWell, serve, waybill } from './waybill.ts';

const outputs = [
  { kind: 'dotenv', path: '.env.cdn' },
  { kind: 'django-manifest', path: 'deploy/staticfiles.json' },
];

/** A copy of the site with one environment. */
function makeSite(environment: object, more: object = {}): string {
  const cwd = makeTree();
  cpSync(join(root, 'test/e2e/fixtures/django'), cwd, { recursive: true });
  const config = {
    project: 'django',
    sources: [{ kind: 'django', manage: 'manage.py', python }],
    environments: { dev: { outputs, ...environment } },
    ...more,
  };
  writeFileSync(join(cwd, 'waybill.config.json'), JSON.stringify(config));
  return cwd;
}

const localAt = (url: string) => ({ origin: { use: 'local', directory: '.cdn' }, url });
const django = (cwd: string, args: readonly string[], env: Record<string, string> = {}) =>
  runWell(python, args, { cwd, env: { PYTHONDONTWRITEBYTECODE: '1', ...env } });

/** Pages by path, as the test client of a server sees them that has the manifest and CDN_URL, and no static file. */
async function render(cwd: string, cdnUrl: string, env: Record<string, string> = {}): Promise<Record<string, string>> {
  const pages = ['/', '/admin/login/', '/api/'];
  return JSON.parse(await django(cwd, ['-m', 'shop.render', ...pages], { CDN_URL: cdnUrl, ...env }));
}

/** What a page names in `src` and in links to style sheets. */
function findAssets(html: string): string[] {
  return [...html.matchAll(/<(?:link|script|img)\b[^>]*?\s(?:src|href)="([^"]+)"/g)]
    .map((match) => match[1] ?? '')
    .filter((url) => !url.startsWith('data:'));
}

async function strip(cwd: string): Promise<void> {
  const { files } = await waybill(cwd, 'strip', '--delete', '--yes');
  expect(files.map(({ path }: { path: string }) => path).sort()).toEqual([
    'catalog/img/logo.svg',
    'catalog/img/tile.svg',
    'catalog/parts.css',
    'catalog/style.css',
    'site/css/print.css',
  ]);
  expect(existsSync(join(cwd, 'catalog/static/catalog/style.css'))).toBe(false);
}

/** Sha256 by path of all files below a folder. */
function digestTree(folder: string): Record<string, string> {
  const paths = (readdirSync(folder, { recursive: true }) as string[]).filter((path) =>
    statSync(join(folder, path)).isFile(),
  );
  const digest = (path: string) =>
    createHash('sha256')
      .update(readFileSync(join(folder, path)))
      .digest('hex');
  return Object.fromEntries(paths.sort().map((path) => [path, digest(path)]));
}

/** Every asset of every page is on the CDN, and each answer has the bytes that the manifest promises. */
async function expectOnCdn(
  pages: Record<string, string>,
  cdnUrl: string,
  files: readonly { key: string; sha256: string }[],
) {
  const expected = new Map(files.map(({ key, sha256 }) => [key, sha256]));
  for (const [page, html] of Object.entries(pages)) {
    const urls = findAssets(html);
    expect(urls.length, page).toBeGreaterThanOrEqual(page === '/' ? 4 : 2);
    for (const url of urls) {
      expect(url.startsWith(cdnUrl), `${url} in ${page}`).toBe(true);
      const answer = await fetch(url);
      expect(`${answer.status} ${url}`).toBe(`200 ${url}`);
      expect(answer.headers.get('cache-control')).toContain('immutable');
      const sha256 = createHash('sha256')
        .update(Buffer.from(await answer.arrayBuffer()))
        .digest('hex');
      expect(sha256).toBe(expected.get(decodeURIComponent(url.slice(cdnUrl.length))));
    }
  }
}

/** The site as `runserver` shows it. */
async function startSite(cwd: string, env: Record<string, string>): Promise<string> {
  const address = `127.0.0.1:${await findPort()}`;
  const child = spawn(python, ['manage.py', 'runserver', '--noreload', '--insecure', address], {
    cwd,
    env: { PATH: process.env['PATH'], PYTHONDONTWRITEBYTECODE: '1', ...env },
    stdio: 'ignore',
  });
  onTestFinished(async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  for (let attempt = 0; attempt < 200 && child.exitCode === null; attempt++) {
    if (await fetch(`http://${address}/`).catch(() => undefined)) return `http://${address}`;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`runserver does not answer at ${address}`);
}

/** All computed styles of the named elements, with the addresses of pictures left out. */
async function computedStyles(page: Page, selectors: readonly string[]): Promise<unknown> {
  return JSON.parse(
    String(
      await page.evaluate(`JSON.stringify(Object.fromEntries(${JSON.stringify(selectors)}.map((selector) => {
        const style = getComputedStyle(document.querySelector(selector));
        return [selector, Object.fromEntries([...style].map((name) => [name, style.getPropertyValue(name).replace(/url\\([^)]*\\)/g, 'url()')]))];
      })))`),
    ),
  );
}

describe.skipIf(noDjango)('a Django site', () => {
  test('is deployed as collectstatic would: the same files, the same bytes, the same manifest', async () => {
    const cwd = makeSite(localAt('http://127.0.0.1:4100/static/'));
    await waybill(cwd, 'deploy');
    await django(cwd, ['manage.py', 'collectstatic', '--no-input'], { DJANGO_STATIC_ROOT: 'collected' });
    const collected = digestTree(join(cwd, 'collected'));
    const deployed = digestTree(join(cwd, '.cdn'));
    expect(Object.keys(collected).length).toBeGreaterThan(300);
    delete collected['staticfiles.json'];
    for (const path of Object.keys(deployed)) if (path.startsWith('.waybill/')) delete deployed[path];
    expect(deployed).toEqual(collected);
    const read = (path: string) => JSON.parse(readFileSync(join(cwd, path, 'staticfiles.json'), 'utf8'));
    expect(read('deploy')).toEqual(read('collected'));
    expect(await waybill(cwd, 'deploy')).toMatchObject({ version: 1, uploaded: { files: 0 }, requests: { write: 0 } });
  });

  test('on a local CDN: stripped, rendered by the test client and by a server', async () => {
    const url = `http://127.0.0.1:${await findPort()}/static/`;
    const cwd = makeSite(localAt(url));
    await waybill(cwd, 'deploy');
    expect(readFileSync(join(cwd, '.env.cdn'), 'utf8')).toBe(`CDN_URL=${url}\n`);
    await strip(cwd);
    await serve(cwd, url);
    const { files } = await waybill(cwd, 'show');
    await expectOnCdn(await render(cwd, url), url, files);
    const site = await startSite(cwd, { CDN_URL: url });
    const pages = ['/', '/admin/login/'].map(async (path) => [path, await (await fetch(site + path)).text()] as const);
    await expectOnCdn(Object.fromEntries(await Promise.all(pages)), url, files);
  });

  test('on S3: stripped, rendered by the test client', async () => {
    const s3 = await startS3Server({ buckets: ['shop'] });
    onTestFinished(() => s3.close());
    // In place of a CDN: the objects with their headers.
    const front = createServer(async (message, response) => {
      const object = s3.objects('shop').get(decodeURIComponent(message.url ?? '').slice(1));
      response.writeHead(object === undefined ? 404 : 200, object?.headers ?? {});
      if (object !== undefined) for await (const chunk of object.content.read()) response.write(chunk);
      response.end();
    }).listen(0, '127.0.0.1');
    await once(front, 'listening');
    onTestFinished(() => void front.close());
    const url = `http://127.0.0.1:${(front.address() as { port: number }).port}/static/`;
    const { endpoint } = s3;
    const origin = { use: 's3', bucket: 'shop', region: 'us-east-1', prefix: 'static', pathStyle: true, endpoint };
    const cwd = makeSite({ origin, url });
    const env = { AWS_ACCESS_KEY_ID: 'testaccess', AWS_SECRET_ACCESS_KEY: 'testsecret123' };
    const run = async (...args: string[]) =>
      JSON.parse(await runWell(process.execPath, [bin, ...args, '--json'], { cwd, env }));
    await run('deploy');
    expect((await run('strip', '--delete', '--yes')).files).toHaveLength(5);
    await expectOnCdn(await render(cwd, url), url, (await run('show')).files);
  });

  test('externals are not uploaded; the storage of docs/django.md and `url` name the public copy', async () => {
    const external = 'https://cdn.example/jquery.min.js';
    const path = 'admin/js/vendor/jquery/jquery.min.js';
    const url = 'http://127.0.0.1:4100/static/';
    const cwd = makeSite(localAt(url), { externals: { [path]: external } });
    await waybill(cwd, 'deploy');
    expect(readdirSync(join(cwd, '.cdn/admin/js/vendor/jquery')).filter((name) => name.includes('min'))).toEqual([]);
    expect(await waybill(cwd, 'url', path)).toMatchObject({ url: external });
    const pages = await render(cwd, url, { DJANGO_STORAGE: 'shop.storage.CdnStaticFilesStorage' });
    expect(findAssets(pages['/'] ?? '').filter((one) => !one.startsWith(url))).toEqual([external]);
  });

  test('a CDN that nothing was deployed to leaves Django without a manifest: the page fails', async () => {
    const cwd = makeSite(localAt('http://127.0.0.1:4100/static/'));
    rmSync(join(cwd, 'deploy'), { recursive: true, force: true });
    await expect(render(cwd, 'http://127.0.0.1:4100/static/')).rejects.toThrow(/Missing staticfiles manifest entry/);
  });
});

describe.skipIf(noDjango ?? noChromium)('a Django site in a browser', () => {
  let chromium: Chromium;
  beforeAll(async () => {
    chromium = await startChromium();
  });
  afterAll(() => chromium?.close());

  const looks: readonly [string, readonly string[]][] = [
    [
      '/admin/login/',
      ['body', '#header', '#site-name a', '#content', '#login-form', '#id_username', '.submit-row input'],
    ],
    ['/', ['body', '#title', '#logo']],
    ['/api/', ['body', '.navbar', '.breadcrumb', '.page-header h1', '.response-info']],
  ];

  test('looks as when Django serves the files itself, and no request fails', { timeout: 60_000 }, async () => {
    const url = `http://127.0.0.1:${await findPort()}/static/`;
    const cwd = makeSite(localAt(url));
    const own = await startSite(cwd, { DJANGO_DEBUG: '1' });
    await waybill(cwd, 'deploy');
    await serve(cwd, url);
    const other = makeTree();
    cpSync(cwd, other, { recursive: true });
    await strip(other);
    const onCdn = await startSite(other, { CDN_URL: url });
    const page = await chromium.openPage();
    for (const [path, selectors] of looks) {
      await page.load(own + path);
      const expected = await computedStyles(page, selectors);
      const { failures, answers } = await page.load(onCdn + path);
      expect(failures.filter((failure) => !failure.includes('/favicon.ico'))).toEqual([]);
      expect(answers.filter((answer) => answer.includes(url)).length).toBeGreaterThanOrEqual(2);
      expect(await computedStyles(page, selectors)).toEqual(expected);
    }
    await page.load(`${onCdn}/`);
    expect(await page.evaluate("getComputedStyle(document.querySelector('h1')).letterSpacing")).toBe('3px');
  });
});

if (noDjango) console.warn(`Django tests are skipped: ${noDjango}.`);
else if (noChromium) console.warn(`Django's browser test is skipped: ${noChromium}.`);
