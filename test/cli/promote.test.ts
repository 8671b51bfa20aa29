import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/types.ts';
import type { Receipt } from '../../src/receipt.ts';
import { makeTree, writeTree } from '../temp.ts';
import { parseError, parseJson, renderConfig, site, waybill } from './waybill.ts';

const localEnvironment = (name: string, more: object = {}): object => ({
  origin: { use: 'local', directory: `.${name}` },
  url: `https://${name}.cdn.example/static/`,
  outputs: [{ kind: 'dotenv', path: `${name}.env` }],
  ...more,
});

const streaming = () => ({ dev: localEnvironment('dev'), prod: localEnvironment('prod') });

const copying = () => {
  const name = randomUUID();
  const at = (prefix: string) => ({ ...localEnvironment(prefix), origin: { use: 'memory', name, prefix } });
  return { dev: at('dev'), prod: at('prod') };
};

function makeProject(environments: object, more: object = {}, files: Readonly<Record<string, string>> = site): string {
  return makeTree({ ...files, 'waybill.config.json': renderConfig(environments, more) });
}

/** What must be the same in both environments. */
async function filesOf(cwd: string, environment: string, version: number): Promise<unknown> {
  const run = await waybill(cwd, `show ${version} --env ${environment} --json`);
  const { files } = parseJson<{ files: Record<string, unknown>[] }>(run);
  return files.map(({ url: _, ...file }) => file);
}

describe.each([
  ['streamed, between local folders', streaming, false],
  ['server-side, within one store', copying, true],
])('promote: %s', (_, environments, isCopied) => {
  test('the same bytes under its own URL and outputs; again is nothing to do; rollback goes back', async () => {
    const cwd = makeProject(environments());
    await waybill(cwd, 'deploy --env dev');
    await waybill(cwd, 'deploy --env prod');
    writeTree(cwd, { 'site/css/style.css': 'body { color: teal }' });
    await waybill(cwd, 'deploy --env dev');
    writeTree(cwd, { 'site/css/style.css': 'never deployed' });
    const plan = parseJson<Plan>(await waybill(cwd, 'promote --from dev --env prod --dry-run --json'));
    expect(plan).toMatchObject({ operation: 'promote', from: { environment: 'dev', version: 2 }, base: 1, version: 2 });
    const receipt = parseJson<Receipt>(await waybill(cwd, 'promote --from dev --env prod --json'));
    const brought = isCopied ? { copied: 1, uploaded: { files: 0 } } : { copied: 0, uploaded: { files: 1, bytes: 20 } };
    expect(receipt).toMatchObject({
      operation: 'promote',
      environment: 'prod',
      version: 2,
      previous: 1,
      unchanged: 2,
      cdnUrl: 'https://prod.cdn.example/static/',
      ...brought,
    });
    expect(readFileSync(join(cwd, 'prod.env'), 'utf8')).toContain('https://prod.cdn.example/static/');
    expect(await filesOf(cwd, 'prod', 2)).toEqual(await filesOf(cwd, 'dev', 2));
    const shown = parseJson(await waybill(cwd, 'show --env prod --json'));
    expect(shown).toMatchObject({
      message: 'Promoted from version 2 of dev',
      cdnUrl: 'https://prod.cdn.example/static/',
    });
    expect(parseJson<Receipt>(await waybill(cwd, 'promote --from dev --env prod --json'))).toMatchObject({
      version: 2,
      uploaded: { files: 0 },
      copied: 0,
      unchanged: 3,
    });
    expect(parseJson<Receipt>(await waybill(cwd, 'rollback --env prod --json'))).toMatchObject({ version: 1 });
  });

  test('an older version comes from the kept bodies; a first version brings every file', async () => {
    const cwd = makeProject(environments());
    await waybill(cwd, 'deploy --env dev');
    writeTree(cwd, { 'site/css/style.css': 'body { color: teal }' });
    await waybill(cwd, 'deploy --env dev');
    const receipt = parseJson<Receipt>(await waybill(cwd, 'promote --from dev --env prod --to 1 --json'));
    expect(receipt).toMatchObject({ version: 1, previous: null });
    expect(receipt.copied + receipt.uploaded.files).toBe(3);
    expect(await filesOf(cwd, 'prod', 1)).toEqual(await filesOf(cwd, 'dev', 1));
    const status = parseJson<{ drift: object }>(await waybill(cwd, 'status --env prod --json'));
    expect(status.drift).toEqual({ missing: [], altered: [], headers: [] });
  });
});

describe('promote', () => {
  test('headers are those of the target', async () => {
    const cwd = makeProject({ dev: localEnvironment('dev'), prod: localEnvironment('prod', { edge: [] }) });
    await waybill(cwd, 'deploy --env dev');
    await waybill(cwd, 'promote --from dev --env prod');
    const shown = parseJson<{ files: { path: string; headers: Record<string, string> }[] }>(
      await waybill(cwd, 'show --env prod --json'),
    );
    const page = shown.files.find((file) => file.path === 'index.html');
    expect(page?.headers['cache-control']).toBe('public, max-age=0, must-revalidate');
  });

  test.each([
    ['in a style sheet', 'a { background: url(https://dev.cdn.example/static/i.png) }', true],
    ['without a scheme', 'a { background: url(//dev.cdn.example/static/i.png) }', true],
    ['with escaped slashes', '{"base":"https:\\/\\/dev.cdn.example\\/static"}', true],
    ['behind a mebibyte', `${'x'.repeat(2 ** 20 - 20)} https://dev.cdn.example/static/ `, true],
    ['another host that starts alike', 'url(https://dev.cdn.example/statics/)', false],
  ])('a baked URL %s is exit 4 with the name, unless --allow-url', async (_, text, isBaked) => {
    const cwd = makeProject(streaming(), {}, { 'site/a.css': text, 'site/b.css': 'b {}' });
    await waybill(cwd, 'deploy --env dev');
    const run = await waybill(cwd, 'promote --from dev --env prod --json');
    if (!isBaked) return void expect(run.code).toBe(0);
    expect(parseError(run)).toMatchObject({
      code: 'URL_BAKED',
      exitCode: 4,
      message: expect.stringContaining(': a.css.'),
    });
    expect(parseError(await waybill(cwd, 'show --env prod --json'))).toMatchObject({ code: 'NOTHING_LIVE' });
    expect(await waybill(cwd, 'promote --from dev --env prod --allow-url')).toMatchObject({ code: 0 });
  });

  test('names what is wrong: the same environment, an unknown one, an unknown version, nothing deployed, bytes that are gone', async () => {
    const cwd = makeProject(streaming());
    const fails = async (line: string) => parseError(await waybill(cwd, `${line} --json`));
    expect(await fails('promote --from dev --env dev')).toMatchObject({ code: 'USAGE', exitCode: 2 });
    expect(await fails('promote --from stage --env prod')).toMatchObject({ code: 'ENVIRONMENT_UNKNOWN', exitCode: 2 });
    expect(await fails('promote --env prod')).toMatchObject({ code: 'USAGE', exitCode: 2 });
    expect(await fails('promote --from dev --env prod')).toMatchObject({ code: 'NOTHING_LIVE', exitCode: 4 });
    await waybill(cwd, 'deploy --env dev');
    expect(await fails('promote --from dev --env prod --to 7')).toMatchObject({ code: 'VERSION_UNKNOWN', exitCode: 2 });
    writeTree(cwd, { '.dev/css/style.css': 'somebody else' });
    expect(await fails('promote --from dev --env prod')).toMatchObject({
      code: 'NOT_RESTORABLE',
      exitCode: 4,
      message: expect.stringContaining('css/style.css'),
    });
  });
});
