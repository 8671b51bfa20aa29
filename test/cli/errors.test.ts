import { describe, expect, test } from 'vitest';
import { makeTree, writeTree } from '../temp.ts';
import { local, makeProject, parseError, parseJson, renderConfig, site, waybill } from './waybill.ts';

describe('the command line', () => {
  test.each([
    ['deplyo', "Unknown command 'deplyo'.", 'Did you mean deploy?'],
    ['deploy --adpot', "Unknown option '--adpot'.", 'Did you mean --adopt?'],
    ['deploy --jsn', "Unknown option '--jsn'.", 'Did you mean --json?'],
    ['deploy --stages', "Unknown option '--stages'.", 'Did you mean --stage?'],
    ['deploy --wait dome', '--wait: expected submitted or done, found "dome".', 'Did you mean done?'],
    ['deploy --wait-timeout 10x', '--wait-timeout: expected a duration, found "10x".', 'Write a whole number'],
    ['deploy --plan a --expect b', "cannot be used with option '--expect <digest>'", 'See waybill'],
    ['deploy --message', "Option '--message <text>' argument missing.", 'See waybill'],
    ['deploy extra', "Too many arguments for 'deploy'", 'See waybill'],
    ['rollback --to 0', '--to: expected a whole number from 1, found "0".', ''],
    ['diff 1', "Missing required argument 'to'.", 'See waybill'],
    ['diff 1 x', 'TO: expected a whole number from 1, found "x".', ''],
    ['serve --port 70000', '--port: expected a port from 0 to 65535, found "70000".', ''],
    ['plan --concurrency 0', '--concurrency: expected a whole number from 1, found "0".', ''],
    ['plan --retry-budget 1', '--retry-budget: expected a duration, found "1".', ''],
  ])('%s is exit 2', async (line, message, hint) => {
    const run = await waybill(makeProject(), line);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toMatch(/^error \[USAGE\] /);
    expect(run.stderr).toContain(message);
    expect(run.stderr).toContain(`hint: ${hint}`);
    const json = await waybill(makeProject(), `${line} --json`);
    expect(json).toMatchObject({ code: 2, stdout: '' });
  });

  test('mistakes are JSON with --json and with WAYBILL_JSON', async () => {
    const expected = {
      kind: 'error',
      code: 'USAGE',
      message: "Unknown command 'deplyo'.",
      hint: 'Did you mean deploy?',
      exitCode: 2,
    };
    for (const run of [
      await waybill(makeProject(), '--json deplyo'),
      await waybill(makeProject(), 'deplyo', { env: { WAYBILL_JSON: 'true' } }),
    ]) {
      expect(run.stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(parseError(run)).toEqual(expected);
    }
  });

  test('without a command: the help on stderr, and exit 2', async () => {
    const run = await waybill(makeProject(), []);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toContain('Usage: waybill');
    expect(run.stderr).toContain('No command was given.');
  });

  test('--help is a result: stdout and exit 0', async () => {
    const run = await waybill(makeProject(), 'deploy --help');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toContain('--trust-manifest');
    expect(run.stdout).toContain('--lock-timeout <duration>');
  });

  test.each(['--version', '-V', '--json --version'])('%s prints the version', async (line) => {
    expect(await waybill(makeProject(), line)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});

describe('variables', () => {
  test.each([
    ['WAYBILL_LOCK_TIMEOUT', 'soon'],
    ['WAYBILL_RETRY_BUDGET', '5'],
    ['WAYBILL_CONCURRENCY', 'many'],
    ['WAYBILL_QUIET', 'maybe'],
    ['WAYBILL_DEBUG', 'maybe'],
    ['WAYBILL_JSON', 'maybe'],
  ])('a bad %s is exit 2 and named', async (name, value) => {
    const run = await waybill(makeProject(), 'url', { env: { [name]: value } });
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toContain(`${name}: expected`);
  });
  test('WAYBILL_CWD, WAYBILL_CONFIG and WAYBILL_ENV say where and what; flags win', async () => {
    const environments = {
      dev: local(),
      prod: local({ url: 'https://cdn.example/', origin: { use: 'local', directory: 'p' } }),
    };
    const cwd = makeTree({ 'app/other.json': renderConfig(environments) });
    const env = { WAYBILL_CWD: 'app', WAYBILL_CONFIG: 'other.json', WAYBILL_ENV: 'prod' };
    expect((await waybill(cwd, 'url', { env })).stdout).toBe('https://cdn.example/\n');
    expect((await waybill(cwd, '--env dev url', { env })).stdout).toBe('http://127.0.0.1:4100/static/\n');
    expect((await waybill(cwd, 'url --env dev', { env })).stdout).toBe('http://127.0.0.1:4100/static/\n');
  });
  test('WAYBILL_QUIET silences progress, not the result', async () => {
    const run = await waybill(makeProject(), 'deploy', { env: { WAYBILL_QUIET: '1' } });
    expect(run.stderr).toBe('');
    expect(run.stdout).toContain('Version 1 is live');
  });
  test('WAYBILL_DEBUG shows requests, with --json too', async () => {
    const run = await waybill(makeProject(), 'deploy --json', { env: { WAYBILL_DEBUG: '1' } });
    expect(run.stderr).toMatch(/ms {2}write css\/style\.css/);
    expect(parseJson(run).kind).toBe('receipt');
  });
  test('NO_COLOR wins over a terminal and FORCE_COLOR', async () => {
    const cwd = makeProject();
    const coloured = await waybill(cwd, 'nope', { env: { FORCE_COLOR: '1' } });
    expect(coloured.stderr).toContain('\u001b[31merror');
    const plain = await waybill(cwd, 'nope', { env: { FORCE_COLOR: '1', NO_COLOR: '1' }, isTTY: true });
    expect(plain.stderr).toMatch(/^error/);
  });
});

describe('configuration and source', () => {
  const commands = ['plan', 'deploy', 'versions', 'show', 'diff 1 2', 'rollback', 'status', 'url', 'serve', 'unlock'];
  test.each(commands)('%s without a configuration is exit 2', async (line) => {
    const run = await waybill(makeTree({ '.git/HEAD': '' }), `${line} --json`);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(parseError(run)).toMatchObject({ code: 'CONFIG_NOT_FOUND', exitCode: 2 });
  });
  test.each(commands)('%s for an unknown environment is exit 2 and names the nearest', async (line) => {
    const run = await waybill(makeProject(), `${line} --env dex`);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toContain('error [ENVIRONMENT_UNKNOWN]');
    expect(run.stderr).toContain('hint: Did you mean --env dev?');
  });
  test('an empty source is refused before anything is written', async () => {
    const cwd = makeProject({ 'site/.gitkeep': '' });
    writeTree(cwd, { '.waybillignore': '*' });
    const run = await waybill(cwd, 'deploy --json');
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(parseError(run)).toMatchObject({ code: expect.stringMatching(/^SOURCE_/), exitCode: 2 });
  });
  test('a wrong key names its path and the nearest known one', async () => {
    const cwd = makeTree({ ...site, 'waybill.config.json': renderConfig({ dev: local() }, { fingerprnt: 'auto' }) });
    const run = await waybill(cwd, 'plan');
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/error \[CONFIG_INVALID\][\s\S]*fingerprnt[\s\S]*fingerprint/);
  });
});

describe('a run that fails part-way', () => {
  /** A file stands where the folder `css` should go. */
  async function makeBlocked(): Promise<string> {
    const cwd = makeProject();
    writeTree(cwd, { '.cdn/css': 'in the way' });
    return cwd;
  }
  test('prints the receipt on stdout and the error last: exit 3', async () => {
    const run = await waybill(await makeBlocked(), 'deploy --json --retry-budget 0');
    expect(run.code).toBe(3);
    expect(parseJson(run)).toMatchObject({
      kind: 'receipt',
      version: null,
      failed: { notStarted: expect.any(Number) },
    });
    expect(parseError(run)).toMatchObject({ kind: 'error', code: 'APPLY_FAILED', exitCode: 3 });
  });
  test('says in words what visitors see, and what to do', async () => {
    const run = await waybill(await makeBlocked(), 'deploy --retry-budget 0');
    expect(run.stdout).toContain('The deploy to dev did not finish; nothing is live yet.');
    expect(run.stderr).toContain('Visitors still see');
    expect(run.stderr).not.toContain('    at ');
    expect(run.stderr).toMatch(/\nhint: .*waybill deploy --env dev/);
  });
  test('--debug adds causes and stacks', async () => {
    const run = await waybill(await makeBlocked(), 'deploy --retry-budget 0 --debug');
    expect(run.stderr).toMatch(/\n {4}at /);
    expect(run.stderr).toContain('caused by ');
  });
});
