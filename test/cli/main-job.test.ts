import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/types.ts';
import type { Receipt } from '../../src/receipt.ts';
import { writeTree } from '../temp.ts';
import { local, makeProject, parseError, parseJson, renderConfig, waybill } from './waybill.ts';

describe('deploy', () => {
  test('first run: everything goes up, and stdout tells it in words', async () => {
    const cwd = makeProject();
    const run = await waybill(cwd, 'deploy');
    expect(run.code).toBe(0);
    expect(run.stdout).toContain('Version 1 is live in dev.');
    expect(run.stdout).toMatch(/uploaded +3 files, 79 B/);
    expect(run.stdout).toMatch(/CDN_URL +http:\/\/127\.0\.0\.1:4100\/static\//);
    expect(readFileSync(join(cwd, '.cdn/css/style.css'), 'utf8')).toBe('body { color: black }');
  });

  test('progress goes to stderr, one line a phase', async () => {
    const { stderr } = await waybill(makeProject(), 'deploy');
    expect(stderr.split('\n').map((line) => line.split(' ')[0])).toEqual([
      'collect',
      'compare',
      'immutable',
      'mutable',
      'entry',
      'invalidate',
      '',
    ]);
  });

  test('second run of the same input: zero writes', async () => {
    const cwd = makeProject();
    await waybill(cwd, 'deploy');
    const run = await waybill(cwd, 'deploy --json');
    expect(parseJson<Receipt>(run)).toMatchObject({
      kind: 'receipt',
      format: 1,
      version: 1,
      previous: 1,
      uploaded: { files: 0, bytes: 0 },
      copied: 0,
      unchanged: 3,
      requests: { write: 0, copy: 0, remove: 0 },
    });
    expect(run.stderr).toBe('');
    expect((await waybill(cwd, 'deploy')).stdout).toContain('Nothing to do: version 1 is live and complete in dev.');
  });

  test('trap 9: a changed header rule is exactly the affected copies', async () => {
    const cwd = makeProject();
    await waybill(cwd, 'deploy');
    const headers = [{ match: '**/*.css', set: { 'cache-control': 'public, max-age=60' } }];
    writeTree(cwd, { 'waybill.config.json': renderConfig({ dev: local() }, { headers }) });
    const plan = parseJson<Plan>(await waybill(cwd, 'plan --json'));
    expect(plan.summary).toMatchObject({ upload: 0, copy: 1, unchanged: 2 });
    const receipt = parseJson<Receipt>(await waybill(cwd, 'deploy --json'));
    expect(receipt).toMatchObject({ version: 2, uploaded: { files: 0, bytes: 0 }, copied: 1, unchanged: 2 });
  });

  test('an object that vanished is repaired without a new version', async () => {
    const cwd = makeProject();
    await waybill(cwd, 'deploy');
    rmSync(join(cwd, '.cdn/css/style.css'));
    expect((await waybill(cwd, 'plan')).stdout).toMatch(/css\/style\.css +missing at the origin/);
    expect((await waybill(cwd, 'deploy')).stdout).toContain('Repaired version 1 in dev.');
  });

  test('--message stands in the versions', async () => {
    const cwd = makeProject();
    await waybill(cwd, ['deploy', '--message', 'first one']);
    expect((await waybill(cwd, 'versions')).stdout).toMatch(/1 +live .* first one/);
  });

  test('outputs are told and written', async () => {
    const outputs = [{ kind: 'dotenv', path: '.env.cdn' }];
    const cwd = makeProject();
    writeTree(cwd, { 'waybill.config.json': renderConfig({ dev: local({ outputs }) }) });
    const run = await waybill(cwd, 'deploy');
    expect(run.stdout).toMatch(/output +dotenv .*\.env\.cdn \(written\)/);
    expect(run.stderr).toContain('outputs     1 written');
    expect(readFileSync(join(cwd, '.env.cdn'), 'utf8')).toContain('CDN_URL=http://127.0.0.1:4100/static/');
  });
});

describe('rollback', () => {
  test('goes one version back, by copies, and says what visitors see', async () => {
    const cwd = makeProject();
    await waybill(cwd, 'deploy');
    writeTree(cwd, { 'site/css/style.css': 'body { color: red }' });
    const second = await waybill(cwd, 'deploy');
    expect(second.stdout).toMatch(/undo +waybill rollback --env dev/);
    const run = await waybill(cwd, 'rollback');
    expect(run).toMatchObject({ code: 0 });
    expect(run.stdout).toContain('Version 1 is live again in dev (before: 2).');
    expect(run.stdout).toContain('Hashed names take effect when the application reads the outputs again.');
    expect(readFileSync(join(cwd, '.cdn/css/style.css'), 'utf8')).toBe('body { color: black }');
    const again = parseJson<Receipt>(await waybill(cwd, 'rollback --to 2 --json'));
    expect(again).toMatchObject({ operation: 'rollback', version: 2, previous: 1, copied: 1, uploaded: { files: 0 } });
  });

  test.each([
    ['rollback', 4, 'NOTHING_LIVE'],
    ['rollback --to 7', 2, 'VERSION_UNKNOWN'],
  ])('%s after one deploy is exit %i', async (line, code, name) => {
    const cwd = makeProject();
    await waybill(cwd, 'deploy');
    const run = await waybill(cwd, `${line} --json`);
    expect(run.code).toBe(code);
    expect(run.stdout).toBe('');
    expect(parseError(run)).toMatchObject({ kind: 'error', code: name, exitCode: code });
  });
});
