import { describe, expect, test } from 'vitest';
import { localOrigin } from '../../providers/local/index.ts';
import type { Receipt } from '../../src/receipt.ts';
import type { Status } from '../../src/status.ts';
import { calm } from '../contract/body.ts';
import { writeTree } from '../temp.ts';
import { makeProject, parseError, parseJson, waybill } from './waybill.ts';

async function makeTwoVersions(): Promise<string> {
  const cwd = makeProject();
  await waybill(cwd, 'deploy');
  writeTree(cwd, { 'site/css/style.css': 'body { color: red }', 'site/robots.txt': 'User-agent: *' });
  await waybill(cwd, ['deploy', '--message', 'red']);
  return cwd;
}

describe('versions', () => {
  test('as a table, the newest first', async () => {
    const { stdout } = await waybill(await makeTwoVersions(), 'versions');
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^VERSION +STATE +CREATED +FILES +SIZE +COMMIT +MESSAGE$/);
    expect(lines[1]).toMatch(/^ +2 +live +\d{4}-\S+Z +4 +\d+ B +red$/);
    expect(lines[2]).toMatch(/^ +1 +kept +\d{4}-\S+Z +3 +79 B$/);
  });
  test('as JSON, the oldest first', async () => {
    const run = await waybill(await makeTwoVersions(), 'versions --json');
    expect(parseJson(run)).toMatchObject({
      kind: 'versions',
      format: 1,
      versions: [
        { version: 1, live: false, state: 'kept', files: 3, bytes: 79, commit: null, message: null },
        { version: 2, live: true, state: 'live', files: 4, commit: null, message: 'red' },
      ],
    });
  });
  test('before the first deploy', async () => {
    const cwd = makeProject();
    expect((await waybill(cwd, 'versions')).stdout).toContain('No versions in dev yet.');
    expect(parseJson(await waybill(cwd, 'versions --json'))).toMatchObject({ versions: [] });
  });
});

describe('show', () => {
  test('the live version, and an older one', async () => {
    const cwd = await makeTwoVersions();
    expect((await waybill(cwd, 'show')).stdout).toContain('Version 2 of dev');
    const { stdout } = await waybill(cwd, 'show 1');
    expect(stdout).toContain('Version 1 of dev');
    expect(stdout).toMatch(/mutable +21 B +css\/style\.css/);
  });
  test('as JSON: files with integrity and url', async () => {
    const run = await waybill(await makeTwoVersions(), 'show 1 --json');
    const manifest = parseJson<{ files: Record<string, unknown>[] }>(run);
    expect(manifest).toMatchObject({ kind: 'manifest', format: 1, version: 1, environment: 'dev' });
    expect(manifest.files.find((file) => file.key === 'css/style.css')).toEqual({
      path: 'css/style.css',
      key: 'css/style.css',
      sha256: 'f674c2ffb741d9fd49a5b453bcead241b6f7a4ce26f4a07753072e34df2cc6ca',
      size: 21,
      class: 'mutable',
      headers: expect.objectContaining({ 'content-type': 'text/css; charset=utf-8' }),
      integrity: 'sha256-9nTC/7dB2f1JpbRTvOrSQbb3pM4m9KB3UwcuNN8sxso=',
      url: 'http://127.0.0.1:4100/static/css/style.css',
    });
  });
  test.each([
    ['show', 4, 'NOTHING_LIVE'],
    ['show 3', 2, 'VERSION_UNKNOWN'],
    ['show two', 2, 'USAGE'],
  ])('%s before the first deploy is exit %i', async (line, code, name) => {
    const run = await waybill(makeProject(), line);
    expect(run).toMatchObject({ code, stdout: '' });
    expect(run.stderr).toContain(`error [${name}]`);
  });
});

describe('diff', () => {
  test('what was added and changed', async () => {
    const { stdout } = await waybill(await makeTwoVersions(), 'diff 1 2');
    expect(stdout).toMatch(/\+ +robots\.txt +13 B/);
    expect(stdout).toMatch(/~ +css\/style\.css +21 B to 19 B/);
    expect(stdout).toContain('1 added, 0 removed, 1 changed, 2 unchanged');
  });
  test('as JSON, the other way round', async () => {
    const run = await waybill(await makeTwoVersions(), 'diff 2 1 --json');
    expect(parseJson(run)).toMatchObject({
      kind: 'diff',
      format: 1,
      from: 2,
      to: 1,
      added: [],
      removed: [{ key: 'robots.txt' }],
      changed: [{ before: { key: 'css/style.css', size: 19 }, after: { size: 21 } }],
      unchanged: 2,
    });
  });
  test('two equal versions', async () => {
    expect((await waybill(await makeTwoVersions(), 'diff 2 2')).stdout).toContain('no difference in 4 files');
  });
  test.each([
    ['diff 1', 'USAGE'],
    ['diff 1 9', 'VERSION_UNKNOWN'],
  ])('%s is exit 2', async (line, name) => {
    const run = await waybill(await makeTwoVersions(), `${line} --json`);
    expect(run.code).toBe(2);
    expect(parseError(run)).toMatchObject({ code: name, exitCode: 2 });
  });
});

describe('status', () => {
  test('of an environment in order', async () => {
    const { stdout, code } = await waybill(await makeTwoVersions(), 'status');
    expect(code).toBe(0);
    expect(stdout).toMatch(/live +version 2 since \S+, red/);
    expect(stdout).toMatch(/lock +free/);
    expect(stdout).toMatch(/drift +none/);
  });
  test('tells altered and missing objects', async () => {
    const cwd = await makeTwoVersions();
    writeTree(cwd, { '.cdn/css/style.css': 'somebody else' });
    const run = await waybill(cwd, 'status --json');
    expect(parseJson<Status>(run)).toMatchObject({
      kind: 'status',
      format: 1,
      environment: 'dev',
      live: { version: 2, message: 'red' },
      lock: null,
      drift: { missing: [], altered: ['css/style.css'], headers: [] },
    });
    const { stdout } = await waybill(cwd, 'status');
    expect(stdout).toMatch(/drift +1 altered: css\/style\.css/);
    expect(stdout).toContain('waybill deploy --env dev');
  });
  test('--deep tells other headers, and the command that it names repairs them', async () => {
    const cwd = await makeTwoVersions();
    const origin = await localOrigin.open(localOrigin.parse({ directory: '.cdn' }, 'origin'), {
      env: {},
      directory: cwd,
    });
    const head = await origin.head('css/style.css', calm());
    if (head?.sha256 === undefined) throw new Error('css/style.css is not there');
    const { key, sha256, size, etag } = head;
    const spec = { key, sha256, size, headers: { 'content-type': 'text/plain' }, visibility: 'public' } as const;
    await origin.copy({ key, etag }, spec, calm());
    await origin.close?.();
    const { stdout } = await waybill(cwd, 'status --deep');
    expect(stdout).toMatch(/drift +1 with other headers: css\/style\.css/);
    expect(stdout).toContain('waybill deploy --env dev --deep');
    expect(parseJson<Receipt>(await waybill(cwd, 'deploy --deep --json'))).toMatchObject({ version: 2, copied: 1 });
    expect((await waybill(cwd, 'status --deep')).stdout).toMatch(/drift +none/);
  });
  test('--deep needs the listing that --trust-manifest skips', async () => {
    const run = await waybill(await makeTwoVersions(), 'deploy --deep --trust-manifest --json');
    expect(run.code).toBe(2);
    expect(parseError(run).message).toContain('--deep');
  });
  test('before the first deploy', async () => {
    const { stdout } = await waybill(makeProject(), 'status');
    expect(stdout).toMatch(/live +nothing yet/);
  });
});

describe('url', () => {
  test('of the environment, without any request', async () => {
    const cwd = makeProject();
    expect((await waybill(cwd, 'url')).stdout).toBe('http://127.0.0.1:4100/static/\n');
    expect(parseJson(await waybill(cwd, 'url --json'))).toEqual({
      kind: 'url',
      format: 1,
      environment: 'dev',
      asset: null,
      url: 'http://127.0.0.1:4100/static/',
    });
  });
  test('of an asset', async () => {
    const { stdout } = await waybill(await makeTwoVersions(), 'url css/style.css');
    expect(stdout).toBe('http://127.0.0.1:4100/static/css/style.css\n');
  });
  test('of an unknown asset names the nearest', async () => {
    const run = await waybill(await makeTwoVersions(), 'url css/styles.css');
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('hint: Did you mean css/style.css?');
  });
});
