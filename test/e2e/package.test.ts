import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { writeTree } from '../temp.ts';
import { root, run, runWell } from './waybill.ts';

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** An empty folder into which the packed tarball was installed, as a user would. */
let folder: string;
let tarball: { filename: string; size: number; files: { path: string; mode: number }[] };

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'waybill-package-')));
  const packed = await runWell('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
  });
  [tarball] = JSON.parse(packed);
  writeTree(folder, { 'package.json': '{"name":"consumer","private":true,"type":"module"}' });
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  await runWell('npm', ['install', ...flags, join(folder, tarball.filename)], { cwd: folder });
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const installed = () => join(folder, 'node_modules/waybill');
const command = () => join(folder, 'node_modules/.bin/waybill');

describe('tarball', () => {
  test('is at most 3 MB', () => expect(tarball.size).toBeLessThanOrEqual(3 * 1024 * 1024));

  test('holds what it should, and no sources, tests or maps', () => {
    const paths = tarball.files.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'CHANGELOG.md',
        'dist/bin/waybill.js',
        'dist/src/index.js',
        'dist/src/index.d.ts',
        'dist/schema.json',
        'dist/THIRD-PARTY-LICENSES.md',
      ]),
    );
    const other =
      /^(LICENSE|README\.md|CHANGELOG\.md|package\.json|dist\/.*\.(js|d\.ts)|dist\/schema\.json|dist\/THIRD.*\.md)$/;
    expect(paths.filter((path) => !other.test(path))).toEqual([]);
  });

  test('names the licences of what is bundled', () => {
    const text = readFileSync(join(installed(), 'dist/THIRD-PARTY-LICENSES.md'), 'utf8');
    for (const name of ['@aws-sdk/client-s3', '@aws-sdk/client-cloudfront', 'commander', 'listr2', 'zod']) {
      expect(text).toMatch(new RegExp(`^- ${name} \\d+\\.\\d+\\.\\d+ \\(`, 'm'));
    }
  });
});

describe('installed', () => {
  test('brings at most 10 packages', () => {
    const lock = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8'));
    expect(Object.keys(lock.packages).length).toBeLessThanOrEqual(10);
  });

  test('runs as a command', async () => {
    expect(statSync(join(installed(), 'dist/bin/waybill.js')).mode & 0o111).toBe(0o111);
    expect(await run(command(), ['--version'], { cwd: folder })).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  test('loads no SDK before a provider is opened', async () => {
    const started = await readLoaded('--help');
    expect(started).toContain('// node_modules/commander/');
    expect(started).not.toMatch(/^\/\/ node_modules\/(@aws-sdk|@smithy|listr2|yaml|smol-toml|zod)\//m);
  });

  test('exports names, the schema and package.json', async () => {
    const script = `
      const all = await import('waybill');
      const schema = await import('waybill/schema.json', { with: { type: 'json' } });
      const pack = await import('waybill/package.json', { with: { type: 'json' } });
      const errors = Object.entries(all).filter(([, value]) => value?.prototype instanceof Error);
      const renamed = errors.filter(([name, value]) => value.name !== name).map(([name]) => name);
      console.log(JSON.stringify([Object.keys(all), schema.default.title, pack.default.version, errors.length, renamed]));`;
    const printed = await runWell(process.execPath, ['--input-type=module', '-e', script], { cwd: folder });
    const [names, title, packed, errors, renamed] = JSON.parse(printed);
    expect(names).toEqual(
      expect.arrayContaining(['defineConfig', 'defineProvider', 'deploy', 'rollback', 'WaybillError']),
    );
    expect(names).not.toContain('default');
    expect([title, packed]).toEqual(['Waybill configuration', version]);
    // Errors take their name from their class, and bundling gives classes new names where two have one.
    expect(errors).toBeGreaterThan(5);
    expect(renamed).toEqual([]);
  });

  test('does the main job from a TypeScript configuration', async () => {
    writeTree(folder, {
      'shop/waybill.config.ts': `
        import { defineConfig } from 'waybill';
        const directory: string = '.cdn';
        export default defineConfig({
          project: 'shop',
          sources: [{ kind: 'directory', path: 'site' }],
          environments: {
            dev: {
              origin: { use: 'local', directory },
              url: 'http://127.0.0.1:4100/static/',
              outputs: [{ kind: 'dotenv', path: '.env.cdn' }],
            },
          },
        });`,
      'shop/site/index.html': '<link rel="stylesheet" href="site.css">',
      'shop/site/site.css': 'h1 { color: red }',
    });
    const cwd = join(folder, 'shop');
    const read = () => readFileSync(join(cwd, '.cdn/site.css'), 'utf8');
    expect(await installedWaybill(cwd, 'deploy')).toMatchObject({ version: 1, uploaded: { files: 2 } });
    writeTree(cwd, { 'site/site.css': 'h1 { color: teal }' });
    expect(await installedWaybill(cwd, 'deploy')).toMatchObject({ version: 2, uploaded: { files: 1 }, unchanged: 1 });
    expect(read()).toBe('h1 { color: teal }');
    expect(await installedWaybill(cwd, 'rollback')).toMatchObject({ version: 1, uploaded: { files: 0 }, copied: 1 });
    expect(read()).toBe('h1 { color: red }');
    expect(readFileSync(join(cwd, '.env.cdn'), 'utf8')).toBe('CDN_URL=http://127.0.0.1:4100/static/\n');
  });
});

describe('optional packages', () => {
  const config = `
    project = "shop"
    sources = [{ kind = "directory", path = "site" }]
    [environments.dev]
    url = "https://static.shop.example/a/"
    origin = { use = "azure", container = "shop", account = "shop", endpoint = "http://127.0.0.1:9/shop" }`;

  test('one that is not there is named, with the command that installs it', async () => {
    writeTree(folder, { 'bare/waybill.config.toml': config, 'bare/site/a.css': '1' });
    const { code, stderr } = await run(command(), ['plan'], { cwd: join(folder, 'bare') });
    expect(code).toBe(2);
    expect(stderr).toContain('[PACKAGE_MISSING]');
    expect(stderr).toContain('npm install @azure/storage-blob');
  });

  test('one beside the configuration is found, though Waybill lies elsewhere', async () => {
    writeTree(folder, { 'peer/waybill.config.toml': config, 'peer/site/a.css': '1' });
    symlinkSync(join(root, 'node_modules'), join(folder, 'peer/node_modules'));
    const env = { AZURE_STORAGE_KEY: 'a2V5' };
    const flags = ['plan', '--retry-budget', '0'];
    const { code, stderr } = await run(command(), flags, { cwd: join(folder, 'peer'), env });
    expect(stderr).toContain('[PROVIDER_UNAVAILABLE]');
    expect(code).toBe(7);
  });
});

describe('types', () => {
  test('a consumer compiles strictly, with nothing but Waybill installed', async () => {
    cpSync(join(root, 'test/e2e/fixtures/consumer'), join(folder, 'types'), { recursive: true });
    expect(await compile('types')).toMatchObject({ code: 0, stdout: '' });
  });

  test('a wrong key is an error', async () => {
    cpSync(join(root, 'test/e2e/fixtures/consumer/tsconfig.json'), join(folder, 'wrong/tsconfig.json'));
    writeTree(folder, { 'wrong/a.ts': "import { defineConfig } from 'waybill';\ndefineConfig({ source: [] });\n" });
    expect((await compile('wrong')).stdout).toContain("'source' does not exist in type 'WrittenConfig'");
  });
});

describe('the example in docs/writing-a-provider.md', () => {
  test('compiles, and a deploy invalidates with it', async () => {
    const page = readFileSync(join(root, 'docs/writing-a-provider.md'), 'utf8');
    const example = /```ts\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    expect(example.split('\n').length).toBeLessThan(70);
    cpSync(join(root, 'test/e2e/fixtures/consumer/tsconfig.json'), join(folder, 'own/tsconfig.json'));
    const cache = await startCache();
    writeTree(folder, {
      'own/purge.ts': example,
      'own/waybill.config.ts': `
        import { defineConfig } from 'waybill';
        import { purgeEdge } from './purge.ts';
        export default defineConfig({
          project: 'own',
          sources: [{ kind: 'directory', path: 'site' }],
          environments: {
            dev: {
              origin: { use: 'local', directory: '.cdn' },
              edge: { use: purgeEdge, address: '${cache.address}' },
              url: 'http://static.example/a/',
            },
          },
        });`,
      'own/site/x y.css': '1',
    });
    expect(await compile('own')).toMatchObject({ code: 0, stdout: '' });
    const cwd = join(folder, 'own');
    await installedWaybill(cwd, 'deploy');
    cache.seen.length = 0;
    writeTree(cwd, { 'site/x y.css': '2' });
    const { invalidated } = await installedWaybill(cwd, 'deploy');
    expect(invalidated).toMatchObject([{ edge: `purge:${cache.address}`, items: ['/a/x%20y.css'] }]);
    expect(cache.seen).toEqual(['PURGE /a/x%20y.css']);
  });
});

async function installedWaybill(cwd: string, ...args: string[]) {
  return JSON.parse(await runWell(command(), [...args, '--env', 'dev', '--json'], { cwd }));
}

/** The text of all our files that Node loads for a command. */
async function readLoaded(...args: string[]): Promise<string> {
  const coverage = join(folder, 'coverage');
  await runWell(command(), args, { cwd: folder, env: { NODE_V8_COVERAGE: coverage } });
  const loaded = readdirSync(coverage).flatMap((name): string[] => {
    const { result } = JSON.parse(readFileSync(join(coverage, name), 'utf8'));
    return result.map(({ url }: { url: string }) => url).filter((url: string) => url.includes('/waybill/dist/'));
  });
  return loaded.map((url) => readFileSync(fileURLToPath(url), 'utf8')).join('\n');
}

function compile(project: string) {
  return run(join(root, 'node_modules/.bin/tsc'), ['--noEmit', '-p', project], { cwd: folder });
}

async function startCache() {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}
