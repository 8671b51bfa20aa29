import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeTree, writeTree } from '../temp.ts';
import { local, parseError, renderConfig, site, waybill } from './waybill.ts';

const question = 'Deploy this plan? [y/N] ';

function makeProtected(): string {
  return makeTree({ ...site, 'waybill.config.json': renderConfig({ dev: local({ protected: true }) }) });
}

describe('a protected environment', () => {
  test('without a terminal nothing is asked: exit 4 names --yes', async () => {
    const cwd = makeProtected();
    const run = await waybill(cwd, 'deploy --json');
    expect(run).toMatchObject({ code: 4, stdout: '' });
    expect(parseError(run)).toMatchObject({ code: 'PROTECTED', exitCode: 4, hint: expect.stringContaining('--yes') });
    expect(run.stderr).not.toContain('[y/N]');
    expect(existsSync(join(cwd, '.cdn/index.html'))).toBe(false);
  });
  test('--yes answers, and reading needs none', async () => {
    const cwd = makeProtected();
    expect((await waybill(cwd, 'plan')).code).toBe(0);
    expect((await waybill(cwd, 'deploy --dry-run')).code).toBe(0);
    expect((await waybill(cwd, 'deploy --yes')).code).toBe(0);
    expect((await waybill(cwd, 'status')).code).toBe(0);
  });
  test('a rollback asks, too', async () => {
    const cwd = makeProtected();
    await waybill(cwd, 'deploy --yes');
    writeTree(cwd, { 'site/index.html': 'two' });
    await waybill(cwd, 'deploy --yes');
    expect((await waybill(cwd, 'rollback')).code).toBe(4);
    expect((await waybill(cwd, 'rollback --yes')).code).toBe(0);
  });
  test.each(['y\n', 'YES\n'])('at a terminal %j goes on, after the plan was shown', async (text) => {
    const run = await waybill(makeProtected(), 'deploy', { isTTY: true, answer: { after: question, text } });
    expect(run.code).toBe(0);
    expect(run.stderr.indexOf('Plan for dev')).toBeGreaterThan(-1);
    expect(run.stderr.indexOf('Plan for dev')).toBeLessThan(run.stderr.indexOf(question));
    expect(run.stdout).toContain('Version 1 is live in dev.');
  });
  test.each(['n\n', '\n', 'deploy\n'])('at a terminal %j stops: exit 4', async (text) => {
    const cwd = makeProtected();
    const run = await waybill(cwd, 'deploy', { isTTY: true, answer: { after: question, text } });
    expect(run).toMatchObject({ code: 4, stdout: '' });
    expect(run.stderr).toContain('the answer was no. Nothing was changed.');
    expect(existsSync(join(cwd, '.cdn/index.html'))).toBe(false);
  });
  test('a signal at the question ends the run: exit 130', async () => {
    let isSent = false;
    const run = await waybill(makeProtected(), 'deploy', {
      isTTY: true,
      onStderr(all, send) {
        if (isSent || !all.includes(question)) return;
        isSent = true;
        send('SIGINT');
      },
    });
    expect(run).toMatchObject({ code: 130, stdout: '' });
  });
});
