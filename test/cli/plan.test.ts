import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/types.ts';
import type { Receipt } from '../../src/receipt.ts';
import { makeTree, writeTree } from '../temp.ts';
import { local, makeProject, parseError, parseJson, renderConfig, site, waybill } from './waybill.ts';

describe('plan', () => {
  test('tells what, why and what it costs, and writes nothing', async () => {
    const cwd = makeProject();
    const { code, stdout } = await waybill(cwd, 'plan');
    expect(code).toBe(0);
    expect(stdout).toContain('Plan for dev: version 1, the first one');
    expect(stdout).toMatch(/upload +3 files +79 B/);
    expect(stdout).toMatch(/invalidate +\d+ items +free/);
    expect(stdout).toMatch(/\+ +js\/app-3f9ab1c2\.js +new/);
    expect(stdout).toMatch(/next +waybill deploy --env dev --expect [0-9a-f]{64}/);
    expect(existsSync(join(cwd, '.cdn'))).toBe(false);
  });
  test('as JSON', async () => {
    const plan = parseJson<Plan>(await waybill(makeProject(), '--json plan'));
    expect(plan).toMatchObject({ kind: 'plan', format: 1, environment: 'dev', base: 0, summary: { upload: 3 } });
    expect(plan.phases.map((phase) => phase.name)).toEqual(['immutable', 'mutable', 'entry']);
  });
  test('as Markdown, also where WAYBILL_JSON is set', async () => {
    const { stdout } = await waybill(makeProject(), 'plan --markdown', { env: { WAYBILL_JSON: '1' } });
    expect(stdout).toMatch(/^### Plan for dev: version 1/);
    expect(stdout).toContain('<details><summary><b>mutable</b>');
  });
  test('--json and --markdown exclude each other', async () => {
    const run = await waybill(makeProject(), 'plan --json --markdown');
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(parseError(run).message).toContain('--json and --markdown');
  });
  test('--exit-code is 10 with work and 0 without', async () => {
    const cwd = makeProject();
    expect((await waybill(cwd, 'plan')).code).toBe(0);
    expect((await waybill(cwd, 'plan --exit-code --json')).code).toBe(10);
    await waybill(cwd, 'deploy');
    const run = await waybill(cwd, 'plan --exit-code');
    expect(run.code).toBe(0);
    expect(run.stdout).toContain('Nothing to do: version 1 is live and complete in dev');
  });
});

describe('a reviewed plan', () => {
  test('--out writes it whole, and deploy --plan applies it', async () => {
    const cwd = makeProject();
    const { stdout } = await waybill(cwd, 'plan --out plan.json');
    expect(stdout).toContain('waybill deploy --env dev --plan plan.json');
    expect(JSON.parse(readFileSync(join(cwd, 'plan.json'), 'utf8'))).toMatchObject({
      kind: 'plan',
      environment: 'dev',
    });
    expect(readdirSync(cwd).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(parseJson<Receipt>(await waybill(cwd, 'deploy --plan plan.json --json')).version).toBe(1);
  });
  test.each([
    'deploy --plan plan.json --json',
    'deploy --expect DIGEST --json',
    'deploy --expect DIGEST --dry-run --json',
  ])('%s is exit 5 when the source has changed', async (line) => {
    const cwd = makeProject();
    const { digest } = parseJson<Plan>(await waybill(cwd, 'plan --out plan.json --json'));
    writeTree(cwd, { 'site/index.html': 'other' });
    const run = await waybill(cwd, line.replace('DIGEST', digest));
    expect(run).toMatchObject({ code: 5, stdout: '' });
    expect(parseError(run)).toMatchObject({ code: 'PLAN_STALE', exitCode: 5 });
    expect(existsSync(join(cwd, '.cdn/index.html'))).toBe(false);
  });
  test.each(['plan --adopt --allow-large', 'plan --adopt --allow-large --markdown'])(
    '%s names the flags that its deploy needs again',
    async (line) => {
      const { stdout } = await waybill(makeProject(), line);
      expect(stdout).toMatch(/waybill deploy --env dev --expect [0-9a-f]{64} --adopt --allow-large(\n|<)/);
    },
  );
  test('--expect of the current plan applies it', async () => {
    const cwd = makeProject();
    const { digest } = parseJson<Plan>(await waybill(cwd, 'plan --json'));
    expect((await waybill(cwd, `deploy --expect ${digest}`)).code).toBe(0);
  });
  test.each([
    ['nothing.json', 'cannot be read'],
    ['waybill.config.json', 'is not a plan'],
  ])('--plan %s is exit 2', async (file, text) => {
    const run = await waybill(makeProject(), `deploy --plan ${file}`);
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/error \[PLAN_UNREADABLE\]/);
    expect(run.stderr).toContain(text);
  });
  test('a plan of another environment is refused', async () => {
    const prod = local({ origin: { use: 'local', directory: '.prod' } });
    const environments = { dev: local(), prod };
    const cwd = makeTree({ ...site, 'waybill.config.json': renderConfig(environments) });
    await waybill(cwd, 'plan --env prod --out plan.json');
    const run = await waybill(cwd, 'deploy --env dev --plan plan.json');
    expect(run.code).toBe(5);
    expect(run.stderr).toContain('plan.json is for environment prod, not dev.');
  });
  test.each([
    ['a step less', (plan: Plan) => ({ ...plan, phases: plan.phases.slice(1) })],
    ['another environment', (plan: Plan) => ({ ...plan, environment: 'prod' })],
    ['another summary', (plan: Plan) => ({ ...plan, summary: { ...plan.summary, upload: 0 } })],
    ['another digest', (plan: Plan) => ({ ...plan, digest: '0'.repeat(64) })],
  ])('a plan edited by hand is exit 2: %s', async (_what, edit) => {
    const cwd = makeProject();
    const plan = parseJson<Plan>(await waybill(cwd, 'plan --json'));
    writeTree(cwd, { 'plan.json': JSON.stringify(edit(plan)) });
    const run = await waybill(cwd, 'deploy --plan plan.json --json');
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(parseError(run)).toMatchObject({ code: 'PLAN_UNREADABLE', message: expect.stringContaining('was edited') });
    expect(existsSync(join(cwd, '.cdn'))).toBe(false);
  });
  test('--out through a link writes its target, and into a pipe leaves a pipe', async () => {
    const cwd = makeProject({ ...site, 'real.json': '' });
    symlinkSync('real.json', join(cwd, 'link.json'));
    execFileSync('mkfifo', [join(cwd, 'pipe')]);
    await waybill(cwd, 'plan --out link.json');
    expect(lstatSync(join(cwd, 'link.json')).isSymbolicLink()).toBe(true);
    expect(JSON.parse(readFileSync(join(cwd, 'real.json'), 'utf8'))).toMatchObject({ kind: 'plan' });
    const [, text] = await Promise.all([waybill(cwd, 'plan --out pipe'), readFile(join(cwd, 'pipe'), 'utf8')]);
    expect(JSON.parse(text)).toMatchObject({ kind: 'plan' });
    expect(lstatSync(join(cwd, 'pipe')).isFIFO()).toBe(true);
  });
  test('--out into a folder that is not there', async () => {
    const run = await waybill(makeProject(), 'plan --out no/plan.json');
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toContain('Give --out a file in a folder that exists.');
  });
});

test('trap 12: --dry-run prints the plan and writes nothing', async () => {
  const cwd = makeProject();
  const run = await waybill(cwd, 'deploy --dry-run --json');
  expect(run.code).toBe(0);
  expect(parseJson(run)).toMatchObject({ kind: 'plan', summary: { upload: 3 } });
  expect(existsSync(join(cwd, '.cdn'))).toBe(false);
});
