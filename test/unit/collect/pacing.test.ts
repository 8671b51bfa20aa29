import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { FileBody } from '../../../src/collect/file-body.ts';
import { digestBufferBytes, digestFile } from '../../../src/collect/file-digest.ts';
import { Pacer } from '../../../src/collect/pacer.ts';
import { planDeploy } from '../../../src/deploy.ts';
import { makeRig } from '../../rig.ts';
import { makeTree } from '../../temp.ts';

/** A lease is renewed from a timer, so no work may hold the timers up: the longest that they waited, as a share of the time of `work`. */
async function longestBlock(work: () => Promise<unknown>): Promise<number> {
  const delays = monitorEventLoopDelay({ resolution: 5 });
  delays.enable();
  // It counts from its first timer.
  await sleep(20);
  const started = performance.now();
  await work();
  // What blocked to the very end is seen by the next timer only.
  await sleep(20);
  delays.disable();
  return delays.max / 1e6 / (performance.now() - started);
}

const sizeBytes = 2 ** 29;

test('hashing a large file leaves the timers alone', async () => {
  const file = join(makeTree(), 'large.bin');
  const handle = openSync(file, 'w');
  // A hole: no disk is written, and all of it is read and hashed.
  ftruncateSync(handle, sizeBytes);
  closeSync(handle);
  let sha256 = '';
  const { signal } = new AbortController();
  const digesting = await longestBlock(async () => {
    ({ sha256 } = await digestFile(file, 'large.bin', Buffer.allocUnsafe(digestBufferBytes), new Pacer(signal)));
  });
  const sending = await longestBlock(async () => {
    const body = new FileBody(file, 'large.bin', { size: sizeBytes, sha256 });
    for await (const _ of body.chunks(8 * 2 ** 20));
  });
  expect(Math.max(digesting, sending)).toBeLessThan(0.5);
}, 120_000);

test('collecting 5,000 files leaves the timers alone', async () => {
  const rig = makeRig({ files: { 'index.html': 'x' } });
  for (let folder = 0; folder < 25; folder++) {
    const path = join(rig.directory, 'site', String(folder));
    mkdirSync(path);
    for (let i = 0; i < 200; i++) writeFileSync(join(path, `${i}.txt`), `${folder} ${i}`);
  }
  const session = await rig.session({ readonly: true });
  const block = await longestBlock(() => planDeploy(session, {}));
  expect(block).toBeLessThan(0.5);
}, 120_000);
