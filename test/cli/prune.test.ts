import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { PrunePlan } from '../../src/plan/prune-types.ts';
import type { PruneReceipt } from '../../src/receipt.ts';
import { makeTree, writeTree } from '../temp.ts';
import { local, makeProject, parseError, parseJson, renderConfig, site, waybill } from './waybill.ts';

/** Three versions on a local origin; each has a stable file that the next one lacks. */
async function deployThree(cwd: string): Promise<void> {
  const { rmSync } = await import('node:fs');
  for (const n of [1, 2, 3]) {
    writeTree(cwd, { 'site/index.html': `home ${n}`, [`site/old-${n}.css`]: `c${n}` });
    rmSync(join(cwd, `site/old-${n - 1}.css`), { force: true });
    expect((await waybill(cwd, 'deploy --yes')).code).toBe(0);
  }
}

const versionsIn = (cwd: string): string[] => readdirSync(join(cwd, '.cdn/.waybill/versions')).sort();

describe('waybill prune', () => {
  test('--dry-run lists keys and bytes and changes nothing; the run does it; a second one finds nothing', async () => {
    const cwd = makeProject();
    await deployThree(cwd);
    const dry = await waybill(cwd, 'prune --keep 2 --older-than 0 --dry-run');
    expect(dry.code).toBe(0);
    expect(dry.stdout).toMatch(/Prune of dev: versions/);
    expect(dry.stdout).toMatch(/versions +1 go, 2 stay/);
    expect(dry.stdout).toMatch(/- +old-1\.css +2 B/);
    expect(dry.stdout).toMatch(/version 1 +last live until 20/);
    expect(dry.stdout).toContain('waybill prune --env dev --keep 2 --older-than 0');
    const plan = parseJson<PrunePlan>(await waybill(cwd, 'prune --keep 2 --older-than 0 --dry-run --json'));
    expect(plan).toMatchObject({ kind: 'prune', format: 1, mode: 'versions', keys: [{ key: 'old-1.css', size: 2 }] });
    expect(versionsIn(cwd)).toEqual(['1', '2', '3']);
    expect(existsSync(join(cwd, '.cdn/.waybill/lock'))).toBe(true);

    const run = await waybill(cwd, 'prune --keep 2 --older-than 0 --json');
    expect(run.code).toBe(0);
    expect(parseJson<PruneReceipt>(run)).toMatchObject({
      kind: 'receipt',
      operation: 'prune',
      removed: { keys: 1, versions: [1] },
      invalidated: [{ items: ['/static/old-1.css'] }],
    });
    expect(versionsIn(cwd)).toEqual(['2', '3']);
    expect(existsSync(join(cwd, '.cdn/old-1.css'))).toBe(false);
    expect((await waybill(cwd, 'prune --keep 2 --older-than 0')).stdout).toContain('Nothing to remove in dev.');
    expect((await waybill(cwd, 'rollback')).stdout).toContain('Version 2 is live again');
  });

  test('a deploy says what is still served and the command that removes it', async () => {
    const cwd = makeProject();
    await deployThree(cwd);
    const run = await waybill(cwd, 'deploy');
    expect(run.stdout).toContain(
      '2 files of other versions that version 3 does not name are still served; `waybill prune --env dev --removed` removes them.',
    );
    const pruned = await waybill(cwd, 'prune --removed');
    expect(pruned.stdout).toMatch(/removed +2 files/);
    expect(readdirSync(join(cwd, '.cdn')).filter((name) => name.startsWith('old-'))).toEqual(['old-3.css']);
    expect((await waybill(cwd, 'deploy')).stdout).not.toContain('still served');
    expect((await waybill(cwd, 'rollback --to 1')).code).toBe(0);
    expect(readFileSync(join(cwd, '.cdn/old-1.css'), 'utf8')).toBe('c1');
  });

  test('a takedown marks versions: versions shows it, rollback refuses with exit 4', async () => {
    const cwd = makeProject();
    await deployThree(cwd);
    const run = await waybill(cwd, ['prune', '--path', 'old-[12].css', '--every-version']);
    expect(run).toMatchObject({ code: 0 });
    expect(run.stdout).toMatch(/version 2 +can no longer be restored; loses old-2\.css/);
    const list = await waybill(cwd, 'versions');
    expect(list.stdout).toMatch(/2 +kept, not restorable/);
    const { versions } = parseJson<{ versions: object[] }>(await waybill(cwd, 'versions --json'));
    expect(versions[0]).toMatchObject({ version: 1, unrestorable: { paths: ['old-1.css'], more: false } });
    const back = await waybill(cwd, 'rollback --json');
    expect(back.code).toBe(4);
    expect(parseError(back)).toMatchObject({ code: 'NOT_RESTORABLE', message: expect.stringContaining('old-2.css') });
    const live = await waybill(cwd, 'prune --path old-3.css --every-version --json');
    expect(live.code).toBe(4);
    expect(parseError(live)).toMatchObject({ code: 'TAKEDOWN_LIVE', hint: expect.stringContaining('Deploy without') });
  });

  test.each([
    ['prune --path a.css', /--path needs --every-version/],
    ['prune --every-version', /--every-version needs --path/],
    ['prune --removed --keep 3', /cannot be used with/],
    ['prune --path a.css --every-version --older-than 1d', /cannot be used with/],
    ['prune --keep 0', /--keep: expected a whole number from 1/],
    ['prune --older-than 30', /--older-than: expected a duration/],
    ['prune --path nothing.css --every-version', /no version has a file that "nothing\.css" matches/],
  ])('%s is exit 2 and says why', async (line, text) => {
    const cwd = makeProject();
    await waybill(cwd, 'deploy');
    const run = await waybill(cwd, line);
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(text);
  });

  test('a protected environment asks, after it has shown what would go', async () => {
    const cwd = makeTree({ ...site, 'waybill.config.json': renderConfig({ dev: local({ protected: true }) }) });
    await deployThree(cwd);
    const line = 'prune --keep 2 --older-than 0';
    const mute = await waybill(cwd, `${line} --json`);
    expect(mute).toMatchObject({ code: 4, stdout: '' });
    expect(parseError(mute)).toMatchObject({
      code: 'PROTECTED',
      hint: expect.stringContaining('waybill prune --env dev --keep 2 --older-than 0 --dry-run'),
    });
    const question = 'Remove this? [y/N] ';
    const no = await waybill(cwd, line, { isTTY: true, answer: { after: question, text: 'n\n' } });
    expect(no.code).toBe(4);
    expect(versionsIn(cwd)).toEqual(['1', '2', '3']);
    const yes = await waybill(cwd, line, { isTTY: true, answer: { after: question, text: 'y\n' } });
    expect(yes.code).toBe(0);
    expect(yes.stderr.indexOf('old-1.css')).toBeGreaterThan(-1);
    expect(yes.stderr.indexOf('old-1.css')).toBeLessThan(yes.stderr.indexOf(question));
    expect(versionsIn(cwd)).toEqual(['2', '3']);
  });
});
