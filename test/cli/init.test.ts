import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTree } from '../temp.ts';
import { parseError, parseJson, waybill } from './waybill.ts';

test('init writes a configuration that deploys as it stands', async () => {
  const cwd = makeTree({ 'public/index.html': 'hello' });
  const run = await waybill(cwd, 'init');
  expect(run.code).toBe(0);
  expect(run.stdout).toMatch(/^Wrote .*waybill\.config\.json for /);
  expect(run.stdout).toContain('Next: waybill deploy --env dev');
  expect((await waybill(cwd, 'deploy --env dev')).code).toBe(0);
  expect(existsSync(join(cwd, '.cdn/index.html'))).toBe(true);
});

test('init --json names the file; --cwd says where', async () => {
  const cwd = makeTree({ 'app/public/index.html': 'hello' });
  expect(parseJson(await waybill(cwd, 'init --json --cwd app'))).toMatchObject({
    kind: 'init',
    format: 1,
    file: join(cwd, 'app/waybill.config.json'),
    notes: expect.any(Array),
  });
});

test('init never writes over a configuration', async () => {
  const cwd = makeTree({ 'waybill.config.yaml': 'sources: []' });
  const run = await waybill(cwd, 'init --json');
  expect(run).toMatchObject({ code: 2, stdout: '' });
  expect(parseError(run).message).toContain('There is a configuration already');
});
