import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { openDisplay } from '../../../src/cli/display.ts';
import type { Io } from '../../../src/cli/io.ts';
import type { RendererKind } from '../../../src/cli/renderer.ts';
import type { Event } from '../../../src/events.ts';
import type { Plan, Step } from '../../../src/plan/types.ts';
import { Sink } from '../../cli/waybill.ts';

const step: Step = {
  kind: 'upload',
  key: 'a.css',
  sha256: '0'.repeat(64),
  size: 500,
  class: 'mutable',
  headers: {},
  reason: 'new',
  ifMatch: null,
  wave: 0,
};

const invalidate: Step = {
  kind: 'invalidate',
  edge: 'e',
  items: ['/a'],
  covers: 1,
  usd: 0,
  evicts: { files: 0, bytes: 0 },
  wave: 0,
};

const plan: Plan = {
  kind: 'plan',
  format: 1,
  operation: 'deploy',
  environment: 'dev',
  base: 0,
  version: 1,
  cdnUrl: 'https://cdn.example/',
  digest: 'd',
  summary: { upload: 4, copy: 0, unchanged: 6, invalidate: 2, bytes: 2000, invalidationUsd: 0, evicted: 0 },
  warnings: [],
  owed: [],
  wanted: '',
  phases: [{ name: 'mutable', steps: [step, step, step, step, invalidate] }],
};

const collecting: Event[] = [
  { kind: 'collecting', files: 5, bytes: 1000 },
  { kind: 'collected', files: 10, bytes: 5000 },
  { kind: 'planned', plan },
];
const done: Event = { kind: 'step-done', phase: 'mutable', step };

async function open(kind: RendererKind, options: { debug?: boolean; isTTY?: boolean } = {}) {
  const clock = { ms: 1_000_000 };
  const stderr = new Sink(options.isTTY ?? false);
  const io = { stderr, env: { NO_COLOR: '1' }, now: () => new Date(clock.ms) } as unknown as Io;
  const display = await openDisplay(kind, { io, debug: options.debug ?? false });
  return { display, stderr, clock };
}

describe('plain', () => {
  test('one line when a phase ends, with files, bytes and rate', async () => {
    const { display, stderr, clock } = await open('plain');
    for (const event of collecting) display.emit(event);
    display.emit({ kind: 'phase-started', phase: 'mutable', steps: 5, bytes: 2000 });
    for (let i = 0; i < 4; i += 1) {
      clock.ms += 500;
      display.emit({ kind: 'bytes-sent', count: 500 });
      display.emit(done);
    }
    display.emit({ kind: 'phase-done', phase: 'mutable' });
    display.emit({ kind: 'invalidated', edge: 'e', id: 'I1', items: ['/a', '/b'] });
    display.emit({ kind: 'live', version: 1 });
    display.emit({ kind: 'output-written', path: '.env', changed: true });
    await display.close('done');
    expect(stderr.text.trimEnd().split('\n')).toEqual([
      'collect     10 files, 5.0 kB',
      'compare     4 to upload, 0 to copy, 6 unchanged',
      'mutable     4 of 4 files, 2.0 kB of 2.0 kB, 1.0 kB/s',
      'invalidate  2 of 2 items',
      'outputs     1 written',
    ]);
  });
  test('a long phase tells of itself every five seconds, however many files', async () => {
    const { display, stderr, clock } = await open('plain');
    display.emit({ kind: 'phase-started', phase: 'immutable', steps: 10_000, bytes: 0 });
    for (let i = 0; i < 10_000; i += 1) {
      clock.ms += 2;
      display.emit({ ...done, phase: 'immutable' });
    }
    display.emit({ kind: 'phase-done', phase: 'immutable' });
    await display.close('done');
    // At 5, 10, 15 and 20 seconds, and at the end.
    expect(stderr.text.trimEnd().split('\n')).toHaveLength(5);
  });
  test('a retry is shown as it happens; a storm of them is counted', async () => {
    const { display, stderr, clock } = await open('plain');
    const retry: Event = { kind: 'retrying', operation: 'write a.css', reason: '503 SlowDown', delayMs: 1200 };
    for (let i = 0; i < 50; i += 1) display.emit(retry);
    expect(stderr.text).toBe('retrying write a.css in 1.2 s: 503 SlowDown\n');
    clock.ms += 1000;
    display.emit(retry);
    expect(stderr.text.split('\n')[1]).toBe('retrying write a.css in 1.2 s: 503 SlowDown (and 49 more like it)');
  });
  test('requests only with --debug, every one', async () => {
    const request: Event = { kind: 'request', operation: 'write a.css', durationMs: 12 };
    const quiet = await open('plain');
    quiet.display.emit(request);
    expect(quiet.stderr.text).toBe('');
    const debug = await open('plain', { debug: true });
    debug.display.emit(request);
    debug.display.emit(request);
    expect(debug.stderr.text).toBe('   12 ms  write a.css\n'.repeat(2));
  });
  test('bytes that a retry sends twice are not counted above the total', async () => {
    const { display, stderr } = await open('plain');
    display.emit({ kind: 'phase-started', phase: 'entry', steps: 1, bytes: 1000 });
    display.emit({ kind: 'bytes-sent', count: 900 });
    display.emit({ kind: 'bytes-sent', count: 1000 });
    display.emit({ kind: 'phase-done', phase: 'entry' });
    expect(stderr.text).toContain('1.0 kB of 1.0 kB');
  });
  test('a run that fails prints no phase as finished', async () => {
    const { display, stderr } = await open('plain');
    display.emit({ kind: 'phase-started', phase: 'entry', steps: 1, bytes: 1000 });
    await display.close('failed');
    expect(stderr.text).toBe('');
  });
});

test('silent says nothing', async () => {
  const { display, stderr } = await open('silent', { isTTY: true });
  for (const event of collecting) display.emit(event);
  display.note('hello');
  await display.pause();
  await display.close('done');
  expect(stderr.text).toBe('');
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with ESC
const escapes = /\u001b\[[?0-9;]*[a-zA-Z]/g;

/** What stands on the terminal in the end: each frame erases the one before. */
function lastFrames(text: string): string {
  return text
    .split('\u001b[?25h')
    .map((one) => one.split('\u001b[G').at(-1) ?? '')
    .join('')
    .replace(escapes, '');
}

describe('live', () => {
  test('redraws one line a phase, and leaves the final state', async () => {
    const { display, stderr } = await open('live', { isTTY: true });
    for (const event of collecting) display.emit(event);
    await display.pause();
    stderr.write('a question\n');
    display.emit({ kind: 'phase-started', phase: 'mutable', steps: 5, bytes: 2000 });
    await sleep(20);
    display.emit({ kind: 'retrying', operation: 'write a.css', reason: '503', delayMs: 100 });
    for (let i = 0; i < 4; i += 1) display.emit(done);
    display.emit({ kind: 'phase-done', phase: 'mutable' });
    display.emit({ kind: 'invalidated', edge: 'e', id: 'I1', items: ['/a', '/b'] });
    display.emit({ kind: 'live', version: 1 });
    await display.close('done');
    const final = lastFrames(stderr.text);
    for (const line of [
      'collect     10 files',
      'compare     4 to upload',
      'mutable     4 of 4 files',
      'invalidate  2 of 2 items',
    ]) {
      expect(final.split(line)).toHaveLength(2);
    }
    const question = stderr.text.indexOf('a question');
    expect(stderr.text.lastIndexOf('compare')).toBeLessThan(question);
    expect(question).toBeLessThan(stderr.text.indexOf('mutable'));
    expect(stderr.text).toContain('retrying write a.css in 100 ms: 503');
    expect(final).not.toContain('outputs');
  });
  test('a failure shows the phase under way as failed, and nothing is drawn afterwards', async () => {
    const { display, stderr } = await open('live', { isTTY: true });
    display.emit(collecting[2] as Event);
    display.emit({ kind: 'phase-started', phase: 'mutable', steps: 5, bytes: 2000 });
    await sleep(20);
    await display.close('failed');
    const length = stderr.text.length;
    expect(lastFrames(stderr.text)).toMatch(/✖ mutable/);
    await sleep(250);
    expect(stderr.text).toHaveLength(length);
  });
  test('listr2 installs no handler that would end the process', async () => {
    const before = process.listeners('SIGINT').map(String);
    const { display } = await open('live', { isTTY: true });
    for (const event of collecting) display.emit(event);
    await display.pause();
    const added = process
      .listeners('SIGINT')
      .map(String)
      .filter((one) => !before.includes(one));
    expect(added.filter((one) => one.includes('signalHandler'))).toEqual([]);
    await display.close('done');
  });
});
