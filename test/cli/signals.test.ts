import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SignalName } from '../../src/cli/io.ts';
import { makeTree, writeTree } from '../temp.ts';
import { makeProject, parseError, parseJson, waybill } from './waybill.ts';

const many = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`site/f${i}.txt`, `file ${i}`]));

/** Sends the signals when the first asset is written. */
function onFirstWrite(signals: readonly SignalName[]) {
  let isSent = false;
  return (all: string, send: (signal: SignalName) => void): void => {
    if (isSent || !all.includes('  write f')) return;
    isSent = true;
    for (const signal of signals) send(signal);
  };
}

describe('a signal in the middle of a deploy', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends it cleanly: exit %i, and visitors are told about', async (signal, code) => {
    const cwd = makeProject(many);
    const run = await waybill(cwd, 'deploy --debug', { onStderr: onFirstWrite([signal]) });
    expect(run).toMatchObject({ code, exits: [] });
    expect(run.stderr).toContain('Ending cleanly; a second signal ends at once.');
    expect(run.stderr).toMatch(new RegExp(`error \\[INTERRUPTED\\] Interrupted by ${signal}\\. Visitors `));
    // The lock is free, so the next run finishes without waiting.
    const again = await waybill(cwd, 'deploy --json --lock-timeout 0');
    expect(parseJson(again)).toMatchObject({ version: 1 });
  });
  test('while it still waits for the lock: nothing was changed, and the message says so', async () => {
    const cwd = makeProject();
    await waybill(cwd, 'deploy');
    const lock = { format: 1, run: 'r1', host: 'other-host', pid: 7, runUrl: null, leaseMs: 30_000, released: false };
    writeTree(cwd, { '.cdn/.waybill/lock': JSON.stringify(lock), 'site/index.html': 'changed' });
    const onStderr = (all: string, send: (signal: SignalName) => void) => {
      if (all.includes('waiting for the lock') && !all.includes('Ending')) send('SIGINT');
    };
    const run = await waybill(cwd, 'deploy', { onStderr });
    expect(run).toMatchObject({ code: 130, exits: [] });
    expect(run.stderr).toContain('Interrupted by SIGINT. Nothing was changed: visitors see what they saw before.');
  });
  test('with --json the last line of stderr is the error', async () => {
    const run = await waybill(makeProject(many), 'deploy --json --debug', { onStderr: onFirstWrite(['SIGINT']) });
    expect(parseError(run)).toMatchObject({ kind: 'error', code: 'INTERRUPTED', exitCode: 130 });
  });
  test('a second signal ends the process at once', async () => {
    const run = await waybill(makeProject(many), 'deploy --debug', { onStderr: onFirstWrite(['SIGINT', 'SIGTERM']) });
    expect(run.exits).toEqual([143]);
  });
});

describe('the executable', () => {
  // In the project, so that it finds the packages that are not bundled.
  const cache = join(import.meta.dirname, '../../node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const outdir = mkdtempSync(join(cache, 'waybill-test-bin-'));
  const bin = join(outdir, 'waybill.js');
  beforeAll(async () => {
    await build({
      entryPoints: [join(import.meta.dirname, '../../bin/waybill.ts')],
      outdir,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      keepNames: true,
      define: { WAYBILL_VERSION: '"0.0.0"' },
    });
  });
  afterAll(() => rmSync(outdir, { recursive: true, force: true }));

  async function run(cwd: string, args: readonly string[], onStart: (child: ReturnType<typeof spawn>) => void) {
    const env = { PATH: process.env.PATH, NODE_DISABLE_COMPILE_CACHE: '1' };
    const child = spawn(process.execPath, [bin, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    onStart(child);
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stderr };
  }

  test('SIGINT in the middle of a deploy: exit 130, and the next run finishes', async () => {
    const cwd = makeProject(many);
    const { code, stderr } = await run(cwd, ['deploy', '--debug'], (child) => {
      let isSent = false;
      child.stderr?.on('data', (text: string) => {
        if (isSent || !text.includes('  write f')) return;
        isSent = true;
        child.kill('SIGINT');
      });
    });
    expect(stderr).toContain('error [INTERRUPTED] Interrupted by SIGINT. Visitors ');
    expect(code).toBe(130);
    expect((await waybill(cwd, 'deploy --lock-timeout 0')).code).toBe(0);
  });
  test('a reader that goes away ends it quietly', async () => {
    const cwd = makeProject();
    const { code, stderr } = await run(cwd, ['deploy', '--quiet'], (child) => child.stdout?.destroy());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(existsSync(join(cwd, '.cdn/index.html'))).toBe(true);
  });
  test('a mistake is exit 2, and the error goes to stderr', async () => {
    const { code, stderr } = await run(makeTree(), ['deplyo'], (child) => child.stdout?.resume());
    expect(code).toBe(2);
    expect(stderr).toContain('Did you mean deploy?');
  });
});
