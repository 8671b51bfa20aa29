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
