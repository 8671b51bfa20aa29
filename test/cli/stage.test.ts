import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Receipt } from '../../src/receipt.ts';
import { makeTree, writeTree } from '../temp.ts';
import { local, makeProject, parseError, parseJson, renderConfig, site, waybill } from './waybill.ts';

test('deploy --stage prepares, activate makes live, and both say what comes next', async () => {
  const cwd = makeProject();
  await waybill(cwd, 'deploy');
  writeTree(cwd, { 'site/css/style.css': 'body { color: teal }' });
  const plan = await waybill(cwd, 'deploy --stage --dry-run');
  expect(plan.stdout).toContain('Plan for dev: prepare version 2, with 1 live');
  expect(plan.stdout).toContain('waybill deploy --env dev --stage');
  const run = await waybill(cwd, 'deploy --stage');
  expect(run.code).toBe(0);
  expect(run.stdout).toContain('Version 2 is staged in dev; version 1 stays live.');
  expect(run.stdout).toContain('waybill activate --env dev --to 2');
  expect(readFileSync(join(cwd, '.cdn/css/style.css'), 'utf8')).toBe('body { color: black }');
  const versions = parseJson<{ versions: { state: string }[] }>(await waybill(cwd, 'versions --json'));
  expect(versions.versions.map((one) => one.state)).toEqual(['live', 'staged']);
  const status = parseJson(await waybill(cwd, 'status --json'));
  expect(status).toMatchObject({ staged: [{ version: 2, base: 1 }] });
  expect((await waybill(cwd, 'status')).stdout).toMatch(/staged +version 2 since .*, beside version 1/);
  const receipt = parseJson<Receipt>(await waybill(cwd, 'activate --to 2 --json'));
  expect(receipt).toMatchObject({ operation: 'activate', version: 2, previous: 1, copied: 1, uploaded: { files: 0 } });
  expect(parseJson(await waybill(cwd, 'status --json'))).toMatchObject({ staged: [] });
  expect(readFileSync(join(cwd, '.cdn/css/style.css'), 'utf8')).toBe('body { color: teal }');
});

test('activate names what is wrong with its flags', async () => {
  const cwd = makeProject();
  await waybill(cwd, 'deploy');
  const without = await waybill(cwd, 'activate');
  expect(without.code).toBe(2);
  expect(without.stderr).toContain("Required option '--to <version>' not specified");
  expect(parseError(await waybill(cwd, 'activate --to 7 --json'))).toMatchObject({
    code: 'VERSION_UNKNOWN',
    exitCode: 2,
  });
  expect(parseError(await waybill(cwd, 'activate --to x --json'))).toMatchObject({ code: 'USAGE', exitCode: 2 });
});

test('a protected environment asks before it stages, too', async () => {
  const cwd = makeTree({ ...site, 'waybill.config.json': renderConfig({ prod: local({ protected: true }) }) });
  expect(await waybill(cwd, 'deploy --stage')).toMatchObject({ code: 4 });
  expect(existsSync(join(cwd, '.cdn'))).toBe(false);
  expect(await waybill(cwd, 'deploy --stage --yes')).toMatchObject({ code: 0 });
});

test.each(['0/3', '4/3', 'a/b', '2', '1/257', '-1/3', '1/0'])(
  '--shard %s is exit 2, and says what is expected',
  async (value) => {
    const run = await waybill(makeProject(), ['deploy', '--stage', `--shard=${value}`]);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain(`--shard: expected a part and how many there are`);
  },
);

test('--shard needs --stage, shows in the plan, and status and versions tell how far its version is', async () => {
  const cwd = makeProject();
  expect(await waybill(cwd, 'deploy --shard 1/2')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--shard needs --stage'),
  });
  expect(existsSync(join(cwd, '.cdn'))).toBe(false);
  const plan = await waybill(cwd, 'deploy --stage --shard 1/2 --dry-run');
  expect(plan.stdout).toContain('waybill deploy --env dev --stage --shard 1/2');
  const parts = await Promise.all(
    [1, 2].map(async (i) =>
      parseJson<{ summary: { upload: number } }>(await waybill(cwd, `deploy --stage --shard ${i}/2 --dry-run --json`)),
    ),
  );
  expect(parts.reduce((sum, { summary }) => sum + summary.upload, 0)).toBe(3);
  await waybill(cwd, 'deploy --stage --shard 1/2');
  expect((await waybill(cwd, 'status')).stdout).toMatch(
    /staging +version 1 since .*: parts 1 of 2 in place, missing 2/,
  );
  expect((await waybill(cwd, 'versions')).stdout).toMatch(/1 +staging/);
});
