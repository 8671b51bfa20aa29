import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startFaultProxy } from '../servers/fault-proxy.ts';
import { startS3Server } from '../servers/s3.ts';
import { makeTree } from '../temp.ts';
import { bin, type Finished, run } from './waybill.ts';

const credentials = { AWS_ACCESS_KEY_ID: 'testaccess', AWS_SECRET_ACCESS_KEY: 'testsecret123' };
const names = ['a', 'b', 'c', 'd', 'e', 'f'];

/** A site with six stable files that all say `text`. */
function makeSite(endpoint: string, text: string): string {
  const origin = { use: 's3', bucket: 'test-bucket', region: 'us-east-1', endpoint, concurrency: 1 };
  return makeTree({
    ...Object.fromEntries(names.map((name) => [`site/${name}.txt`, `${name}: ${text}`])),
    'waybill.config.json': JSON.stringify({
      project: 'shop',
      sources: [{ kind: 'directory', path: 'site' }],
      environments: { prod: { origin, url: 'http://127.0.0.1:9/' } },
    }),
  });
}

/** The variables of a process whose clock is wrong by so much. */
function withClock(offsetMs: number): Record<string, string> {
  const file = join(
    makeTree({
      'clock.mjs': `const Real = Date;
globalThis.Date = class extends Real {
  constructor(...args) { args.length === 0 ? super(Real.now() + ${offsetMs}) : super(...args); }
  static now() { return Real.now() + ${offsetMs}; }
};`,
    }),
    'clock.mjs',
  );
  return { ...credentials, NODE_OPTIONS: `--import ${pathToFileURL(file)}` };
}

function deploy(cwd: string, lockTimeout: string, env: Record<string, string>): Promise<Finished> {
  const args = [bin, 'deploy', '--env', 'prod', '--json', '--lock-timeout', lockTimeout];
  return run(process.execPath, args, { cwd, env });
}

function errorOf({ stderr }: Finished): Record<string, unknown> {
  return JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '');
}

test('a run that was stopped beyond its lease writes nothing more; hosts whose clocks are an hour off agree on when', async () => {
  const server = await startS3Server();
  onTestFinished(() => server.close());
  let stopped: ChildProcess | undefined;
  let stableWrites = 0;
  const isStable = (method: string, path: string) => method === 'PUT' && /^\/test-bucket\/[a-f]\.txt/.test(path);
  const proxy = await startFaultProxy({
    target: server.endpoint,
    fault: ({ method, path }) => {
      if (stopped && isStable(method, path) && ++stableWrites === 2) stopped.kill('SIGSTOP');
      return undefined;
    },
  });
  onTestFinished(() => proxy.close());
  expect((await deploy(makeSite(server.endpoint, 'first'), '0', credentials)).code).toBe(0);

  const args = [bin, 'deploy', '--env', 'prod', '--json'];
  const env = { ...process.env, ...credentials, NO_COLOR: '1' };
  const cwd = makeSite(proxy.endpoint, 'second');
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  stopped = child;
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close');
  while (stableWrites < 2) await new Promise((done) => setTimeout(done, 50));
  const started = performance.now();

  // An hour ahead: everything looks old to it, and yet the lease has not run out.
  const hasty = await deploy(makeSite(server.endpoint, 'third'), '2s', withClock(3_600_000));
  expect(errorOf(hasty)).toMatchObject({ code: 'LOCK_HELD', exitCode: 5 });
  // An hour behind: it takes over all the same, once the lease has run out, and finds the other run's version half applied.
  const next = await deploy(makeSite(server.endpoint, 'third'), '60s', withClock(-3_600_000));
  expect(next).toMatchObject({ code: 0 });
  expect(performance.now() - started).toBeGreaterThan(25_000);

  const before = proxy.requests.length;
  child.kill('SIGCONT');
  const [code] = await ended;
  const later = proxy.requests.slice(before).filter(({ method, path }) => isStable(method, path));
  expect(later).toEqual([]);
  expect(code).toBe(3);
  expect(errorOf({ code, stdout: '', stderr }).message).toContain('lost while the run went on');
  for (const name of names) {
    const bytes = [];
    for await (const chunk of server.objects('test-bucket').get(`${name}.txt`)?.content.read() ?? []) bytes.push(chunk);
    expect(Buffer.concat(bytes).toString()).toBe(`${name}: third`);
  }
}, 120_000);
