import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, onTestFinished } from 'vitest';

export const root = join(fileURLToPath(import.meta.url), '../../..');
export const bin = join(root, 'dist/bin/waybill.js');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const caches = mkdtempSync(join(tmpdir(), 'waybill-test-cache-'));
afterAll(() => rmSync(caches, { recursive: true, force: true }));

/** Tests must not see settings of whoever runs them, nor write to their cache. */
export const environmentForRuns: NodeJS.ProcessEnv = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(WAYBILL_|CDN_URL$|NODE_OPTIONS$|AWS_)/.test(name)),
  ),
  NO_COLOR: '1',
  WAYBILL_CACHE_DIR: caches,
};

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

export async function run(command: string, args: readonly string[], { cwd, env: more }: RunOptions): Promise<Finished> {
  const child = spawn(command, args, {
    cwd,
    env: { ...environmentForRuns, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}

/** Runs a program that must succeed and returns its stdout. */
export async function runWell(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${stdout}\n${stderr}`);
  return stdout;
}

/** The JSON document that a command of the built Waybill prints. */
export async function waybill(cwd: string, ...args: string[]) {
  return JSON.parse(await runWell(process.execPath, [bin, ...args, '--json'], { cwd }));
}

/** Starts the embedded edge for the test and resolves when it answers. */
export async function serve(cwd: string, url: string): Promise<void> {
  const child = spawn(process.execPath, [bin, 'serve', '--env', 'dev'], {
    cwd,
    env: environmentForRuns,
    stdio: 'ignore',
  });
  onTestFinished(async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  for (let attempt = 0; attempt < 100 && child.exitCode === null; attempt++) {
    const answer = await fetch(url, { method: 'HEAD' }).catch(() => undefined);
    if (answer !== undefined) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`waybill serve does not answer at ${url}`);
}

export async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
