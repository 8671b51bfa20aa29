import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Mutex } from '../../providers/local/mutex.ts';
import { calm, collect, cssHeaders, toObject, toText } from '../contract/body.ts';
import { skipBecause } from '../skip.ts';
import { makeTree, writeTree } from '../temp.ts';
import { openLocal, own } from './local-open.ts';

const bundle = realpathSync(mkdtempSync(join(tmpdir(), 'waybill-worker-')));
const worker = join(bundle, 'worker.mjs');

beforeAll(async () => {
  const entry = new URL('local-worker.ts', import.meta.url).pathname;
  await build({ entryPoints: [entry], outfile: worker, bundle: true, platform: 'node', format: 'esm' });
  chmodSync(bundle, 0o755);
});
afterAll(() => rmSync(bundle, { recursive: true, force: true }));

function start(directory: string, task: string, name: string, options: SpawnOptions = {}): ChildProcess {
  const child = spawn(process.execPath, [worker, directory, task, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...options,
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function run(directory: string, task: string, name: string, options?: SpawnOptions): Promise<unknown> {
  const child = start(directory, task, name, options);
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  return JSON.parse(text);
}

async function ready(child: ChildProcess): Promise<void> {
  if (child.stdout) await once(child.stdout, 'data');
}

const names = ['anna', 'berta', 'clara', 'dora'];

describe('several processes over one folder', () => {
  test('of those that want to be first, one is, for each key', async () => {
    const directory = makeTree();
    const won = await Promise.all(names.map((name) => run(directory, 'claim', name)));
    expect((won as string[][]).flat().sort()).toHaveLength(40);
    const origin = openLocal(directory);
    for (const [index, keys] of (won as string[][]).entries()) {
      for (const key of keys) expect(await toText(await origin.read(key, calm()))).toBe(names[index]);
    }
    expect(readdirSync(own(directory, 'tmp'))).toEqual([]);
  });

  test('compare-and-swap loses nothing', async () => {
    const directory = makeTree();
    await openLocal(directory).write(toObject('.waybill/count', '0'), calm());
    await Promise.all(names.map((name) => run(directory, 'count', name)));
    expect(await toText(await openLocal(directory).read('.waybill/count', calm()))).toBe('100');
  });

  test('folders that one empties while another fills them harm nobody', async () => {
    const directory = makeTree();
    await Promise.all(names.map((name) => run(directory, 'churn', name)));
    expect(await collect(openLocal(directory).list({ prefix: '' }, calm()))).toEqual([]);
    expect(readdirSync(join(directory, 'cdn'))).toEqual(['.waybill']);
  });

  test('no reader ever finds a body without its headers, and the journal stays small', async () => {
    const directory = makeTree();
    const children = names.slice(0, 2).map((name) => start(directory, 'rewrite', name));
    await Promise.all(children.map(ready));
    const reader = openLocal(directory);
    const until = performance.now() + 1500;
    let looks = 0;
    while (performance.now() < until) {
      const key = `k/${looks++ % 200}`;
      const head = await reader.head(key, calm());
      expect(head?.headers).toEqual(cssHeaders);
      expect(reader.serving.head(key)?.headers).toEqual(cssHeaders);
    }
    expect(looks).toBeGreaterThan(200);
    const lines = readFileSync(own(directory, 'objects.jsonl'), 'utf8').split('\n').length;
    expect(lines).toBeLessThan(1800);
  });

  test('whatever is killed, every object keeps bytes, headers and sha256, and the next one goes on at once', async () => {
    const directory = makeTree();
    const setup = openLocal(directory);
    await Promise.all(Array.from({ length: 200 }, (_, i) => setup.write(toObject(`k/${i}`, 'first'), calm())));
    for (let round = 0; round < 4; round++) {
      const child = start(directory, 'rewrite', `round${round}`);
      await ready(child);
      await sleep(37 * round);
      child.kill('SIGKILL');
      await once(child, 'close');
      const started = performance.now();
      const origin = openLocal(directory);
      for (let i = 0; i < 200; i++) {
        const head = await origin.head(`k/${i}`, calm());
        expect(head?.headers).toEqual(cssHeaders);
        const served = origin.serving.head(`k/${i}`);
        expect(served?.etag).toBe(head?.etag);
      }
      await origin.write(toObject('after', String(round)), calm());
      expect(performance.now() - started).toBeLessThan(8000);
    }
  });

  test('invalidations of all of them are kept', async () => {
    const directory = makeTree();
    const look = openLocal(directory).serving.followInvalidations();
    await Promise.all(names.map((name) => run(directory, 'invalidate', name)));
    expect(new Set(look().items).size).toBe(200);
    expect(look()).toEqual({ items: [], everything: false });
  });

  test('bodies are flushed together, before live and at the end', async (context) => {
    if (process.platform !== 'linux') skipBecause(context, '`sync -f` is a command of Linux');
    const directory = makeTree();
    const log = join(directory, 'log');
    writeTree(directory, { 'bin/sync': `#!/bin/sh\necho "$@" >> ${log}\n` });
    chmodSync(join(directory, 'bin/sync'), 0o755);
    const env = { PATH: join(directory, 'bin') };
    expect(await run(directory, 'flush', log, { env })).toEqual([0, 1, 2, 2]);
    expect(readFileSync(log, 'utf8')).toBe(`-f ${join(directory, 'cdn')}\n`.repeat(2));
    // Without such a program each file is flushed by itself.
    expect(await run(makeTree(), 'flush', 'none', { env: { PATH: '' } })).toEqual([0, 0, 0, 0]);
  });

  test('a user without permission is told so', async (context) => {
    if (process.getuid?.() !== 0) skipBecause(context, 'only root may become another user');
    const directory = makeTree({ 'cdn/closed/a': '1' });
    chmodSync(directory, 0o755);
    chmodSync(join(directory, 'cdn/closed'), 0o700);
    const [write, read, list] = (await run(directory, 'denied', 'x', { uid: 65534 })) as string[];
    expect(write).toMatch(/^auth: Cannot write new\/key: permission denied \(EACCES\) at .*\/cdn.*\. Give the user/);
    expect(read).toMatch(/^auth: Cannot read closed\/a: permission denied/);
    expect(list).toMatch(/^auth: Cannot list .*cdn: permission denied/);
  });
});

describe('the mutex', () => {
  const patience = { foreignStaleMs: 300, livingStaleMs: 600, longestWaitMs: 5000 };
  const timed = async (mutex: Mutex) => {
    const started = performance.now();
    await mutex.run(() => undefined);
    return performance.now() - started;
  };

  test('of a process that was killed is taken over at once', async () => {
    const directory = makeTree();
    const child = start(directory, 'hang', 'x');
    await ready(child);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(readdirSync(own(directory, ''))).toContain('mutex');
    const started = performance.now();
    await openLocal(directory).write(toObject('b', '1'), calm());
    expect(performance.now() - started).toBeLessThan(8000);
    expect(readdirSync(own(directory, ''))).not.toContain('mutex');
  });

  test('of another host, or torn, is taken over when it shows no change', async () => {
    const path = join(makeTree(), 'mutex');
    for (const text of [JSON.stringify({ pid: process.pid, host: 'elsewhere', nonce: 'x' }), '{"pid":', '']) {
      writeFileSync(path, text);
      const waited = await timed(new Mutex(path, () => undefined, patience));
      expect(waited).toBeGreaterThan(250);
      expect(waited).toBeLessThan(8000);
    }
  });

  test('of a living process is waited for, and broken only after long', async () => {
    const path = join(makeTree(), 'mutex');
    const { host } = JSON.parse(await holderText(path));
    expect(host).toContain(hostname());
    writeFileSync(path, JSON.stringify({ pid: process.pid, host, nonce: 'x' }));
    expect(await timed(new Mutex(path, () => undefined, patience))).toBeGreaterThan(550);
  });

  test('waiting ends with the signal, or with an error that names holder and file', async () => {
    const path = join(makeTree(), 'mutex');
    writeFileSync(path, JSON.stringify({ pid: 4242, host: 'elsewhere', nonce: 'x' }));
    const impatient = new Mutex(path, () => undefined, { ...patience, foreignStaleMs: 60_000, longestWaitMs: 100 });
    await expect(impatient.run(() => undefined)).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(/mutex is held by process 4242 on elsewhere/),
      hint: expect.stringContaining('remove the file'),
    });
    const reason = new Error('enough');
    await expect(impatient.run(() => undefined, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(readFileSync(path, 'utf8')).toContain('elsewhere');
  });
});

/** What this process writes into the file while it holds the mutex. */
async function holderText(path: string): Promise<string> {
  return new Mutex(path, () => undefined).run(() => readFileSync(path, 'utf8'));
}
