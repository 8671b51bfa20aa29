import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Thread } from '../../../src/provider/thread.ts';
import { makeTree } from '../../temp.ts';

type Job = number | 'fail' | 'die';
type Made = Thread<Job, string>;

const echo = `serveJobs((job) => {
  if (job === 'fail') throw new Error('no');
  if (job === 'die') process.exit(1);
  return 'there ' + job;
});`;

/** Laid out as the build does: chunks, and beside them what runs in threads. */
async function buildThread(script: string): Promise<string> {
  const folder = makeTree({ 'package.json': '{"type":"module"}' });
  mkdirSync(join(folder, 'chunks'));
  const source = (path: string) => join(import.meta.dirname, '../../../src/provider', path);
  const settings = { bundle: true, platform: 'node', format: 'esm', logLevel: 'error' } as const;
  const contents = `import { serveJobs } from ${JSON.stringify(source('thread-port.ts'))};\n${script}`;
  const stdin = { contents, resolveDir: folder };
  await build({ ...settings, stdin, outfile: join(folder, 'src/echo-thread.js') });
  await build({ ...settings, entryPoints: [source('thread.ts')], outfile: join(folder, 'chunks/thread.js') });
  return folder;
}

async function makeThread(runHere: (job: Job) => string): Promise<Made> {
  const folder = await buildThread(echo);
  const { Thread } = await import(pathToFileURL(join(folder, 'chunks/thread.js')).href);
  const thread: Made = new Thread('src/echo-thread', runHere);
  onTestFinished(() => thread.close());
  return thread;
}

const here = (job: Job) => `here ${job}`;

/** Starts it by a job that waits for it. */
async function makeStarted(runHere = here): Promise<Made> {
  const thread = await makeThread(runHere);
  expect(await thread.run(0)).toBe('there 0');
  return thread;
}

describe('a second thread', () => {
  test('is not started for a few jobs', async () => {
    const thread = await makeThread(here);
    const offers = Array.from({ length: 50 }, (_, index) => thread.offer(index));
    await new Promise((resume) => setTimeout(resume, 200));
    expect([...offers, thread.offer(50)].every((offer) => offer === undefined)).toBe(true);
  });

  test('is started for many, and takes what it keeps up with', async () => {
    const thread = await makeThread(here);
    for (let job = 0; job < 300; job++) void thread.offer(job);
    await expect.poll(() => thread.offer(1)).toBeDefined();
    const offers = Array.from({ length: 500 }, (_, index) => thread.offer(index));
    const taken = offers.flatMap((offer, index) => (offer === undefined ? [] : [{ offer, index }]));
    expect(taken.length).toBeGreaterThan(50);
    expect(taken.length).toBeLessThan(300);
    for (const { offer, index } of taken) expect(await offer).toBe(`there ${index}`);
  });

  test('what fails there is done here', async () => {
    const thread = await makeStarted();
    expect(await Promise.all([thread.offer(1), thread.offer('fail'), thread.offer(2)])).toEqual([
      'there 1',
      'here fail',
      'there 2',
    ]);
  });

  test('what fails here, too, rejects', async () => {
    const thread = await makeStarted(() => {
      throw new Error('here as well');
    });
    await expect(thread.offer('fail')).rejects.toThrow('here as well');
    expect(await thread.offer(1)).toBe('there 1');
  });

  test('a thread that dies leaves nothing undone', async () => {
    const thread = await makeStarted();
    const offers = [thread.offer('die'), thread.offer(1), thread.run(2)];
    expect(await Promise.all(offers)).toEqual(['here die', 'here 1', 'here 2']);
    expect(thread.offer(3)).toBeUndefined();
    expect(await thread.run(4)).toBe('here 4');
  });

  test('one that is closed before its first message is read is waited for', async () => {
    // Busy where nothing can stop it, so that its end comes after the message.
    const folder = await buildThread(
      `${echo}\nawait import('node:crypto').then(({ pbkdf2Sync }) => pbkdf2Sync('', '', 3_000_000, 64, 'sha512'));`,
    );
    const script = `import { Thread } from './chunks/thread.js';
      const thread = new Thread('src/echo-thread', (job) => job);
      for (let job = 0; job < 300; job++) thread.offer(job);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
      await thread.close();
      console.log('closed');`;
    writeFileSync(join(folder, 'main.js'), script);
    expect(execFileSync(process.execPath, ['main.js'], { cwd: folder, encoding: 'utf8' })).toBe('closed\n');
  });

  test('where there is none, jobs are done here', async () => {
    const { Thread } = await import('../../../src/provider/thread.ts');
    const thread = new Thread<Job, string>('src/no-such-thread', here);
    expect(await thread.run(1)).toBe('here 1');
    for (let job = 0; job < 300; job++) expect(thread.offer(job)).toBeUndefined();
    await thread.close();
  });
});
