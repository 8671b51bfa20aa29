import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { skipBecause } from '../skip.ts';
import { makeTree } from '../temp.ts';
import { bin, run } from './waybill.ts';

const environments = { dev: { origin: { use: 'local', directory: '.cdn' }, url: 'http://127.0.0.1:4100/' } };
const config = JSON.stringify({ sources: [{ kind: 'directory', path: 'site' }], environments });

test('what a configuration prints goes to stderr: stdout is one JSON document', async () => {
  const cwd = makeTree({
    'site/a.css': '',
    'waybill.config.mjs': `console.log('noise');\nexport default ${config};\n`,
  });
  const { code, stdout, stderr } = await run(process.execPath, [bin, 'plan', '--json'], { cwd });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ kind: 'plan' });
  expect(stderr).toContain('noise');
});

test('a result that cannot be written is told, with exit 1 and no stack', async (context) => {
  if (!existsSync('/dev/full')) skipBecause(context, 'there is no /dev/full');
  const cwd = makeTree({ 'site/a.css': '', 'waybill.config.json': config });
  const shell = promisify(execFile)('sh', ['-c', '"$0" "$1" plan --json > /dev/full', process.execPath, bin], { cwd });
  await expect(shell).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^error The output could not be written: ENOSPC[^\n]*\n$/),
  });
});

test('a current folder that is gone is an error that says so', async () => {
  const cwd = makeTree();
  const shell = promisify(execFile)(
    'sh',
    ['-c', 'mkdir gone && cd gone && rmdir ../gone && "$0" "$1" status', process.execPath, bin],
    {
      cwd,
    },
  );
  await expect(shell).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('does not exist any more') });
});
