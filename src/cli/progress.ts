import type { Event } from '../events.ts';
import type { Plan, Step } from '../plan/types.ts';
import { renderBytes, renderCount, renderDuration, renderNumber } from './render/quantity.ts';
import { renderName } from './render/text.ts';

export const lineNames = [
  'collect',
  'compare',
  'immutable',
  'mutable',
  'entry',
  'invalidate',
  'outputs',
  'verify',
] as const;
export type LineName = (typeof lineNames)[number];

/** One line of progress: a phase and its counters. */
export interface Line {
  state: 'waiting' | 'running' | 'done';
  startedMs: number;
  endedMs: number;
  /** Files, invalidated items or outputs. */
  count: number;
  total: number | undefined;
  bytes: number;
  totalBytes: number;
  /** What is waited for, or the outcome in words. */
  remark: string;
}

export type Progress = Readonly<Record<LineName, Line>>;

export function createProgress(): Progress {
  const waiting = (): Line => ({
    state: 'waiting',
    startedMs: 0,
    endedMs: 0,
    count: 0,
    total: undefined,
    bytes: 0,
    totalBytes: 0,
    remark: '',
  });
  return {
    collect: waiting(),
    compare: waiting(),
    immutable: waiting(),
    mutable: waiting(),
    entry: waiting(),
    invalidate: waiting(),
    outputs: waiting(),
    verify: waiting(),
  };
}

/** Counts an event in; returns the lines that it changed. */
export function advance(progress: Progress, event: Event, nowMs: number): readonly LineName[] {
  switch (event.kind) {
    case 'collecting':
    case 'collected':
      Object.assign(start(progress.collect, nowMs), { count: event.files, bytes: event.bytes });
      if (event.kind === 'collecting') return ['collect'];
      finish(progress.collect, nowMs);
      start(progress.compare, nowMs);
      return ['collect', 'compare'];
    case 'planned':
      return planned(progress, event.plan, nowMs);
    case 'phase-started':
      Object.assign(start(progress[event.phase], nowMs), { totalBytes: event.bytes });
      progress[event.phase].total ??= event.steps;
      return [event.phase];
    case 'bytes-sent':
      return sent(progress, event.count);
    case 'step-done':
      if (event.step.kind === 'invalidate' || event.step.kind === 'keep') return [];
      progress[event.phase].count += 1;
      return [event.phase];
    case 'phase-done':
      finish(progress[event.phase], nowMs);
      return [event.phase];
    case 'invalidated':
      start(progress.invalidate, nowMs).count += event.items.length;
      progress.invalidate.remark = '';
      return ['invalidate'];
    case 'waiting-for-edge':
      start(progress.invalidate, nowMs).remark = `waiting for ${event.edge}, ${renderDuration(event.waitedMs)}`;
      return ['invalidate'];
    case 'live':
      return live(progress, nowMs);
    case 'verifying':
      Object.assign(start(progress.verify, nowMs), { count: event.done, total: event.total });
      if (event.done === event.total) finish(progress.verify, nowMs);
      return ['verify'];
    case 'output-written':
      start(progress.outputs, nowMs).count += 1;
      return ['outputs'];
    default:
      return [];
  }
}

/** Ends the lines under way when the run has ended well. */
export function complete(progress: Progress, nowMs: number): readonly LineName[] {
  const open = lineNames.filter((name) => progress[name].state === 'running');
  for (const name of open) finish(progress[name], nowMs);
  return open;
}

function planned(progress: Progress, plan: Plan, nowMs: number): readonly LineName[] {
  for (const phase of plan.phases) progress[phase.name].total = phase.steps.filter(isFile).length;
  progress.invalidate.total = plan.summary.invalidate;
  // A rollback compares without collecting, and a plan made anew under the lock comes a second time.
  if (progress.compare.state === 'done') return [];
  const { upload, copy, unchanged } = plan.summary;
  const parts = [`${renderNumber(upload)} to upload`, `${renderNumber(copy)} to copy`];
  start(progress.compare, nowMs).remark = [...parts, `${renderNumber(unchanged)} unchanged`].join(', ');
  finish(progress.compare, nowMs);
  return ['compare'];
}

function isFile(step: Step): boolean {
  return step.kind !== 'invalidate';
}

function sent(progress: Progress, count: number): readonly LineName[] {
  const name = lineNames.find((one) => progress[one].state === 'running' && progress[one].totalBytes > 0);
  if (name === undefined) return [];
  const line = progress[name];
  // A retry sends bytes a second time.
  line.bytes = Math.min(line.bytes + count, line.totalBytes);
  return [name];
}

function live(progress: Progress, nowMs: number): readonly LineName[] {
  if (progress.invalidate.state !== 'running') return [];
  finish(progress.invalidate, nowMs);
  return ['invalidate'];
}

function start(line: Line, nowMs: number): Line {
  if (line.state === 'waiting') Object.assign(line, { state: 'running', startedMs: nowMs });
  return line;
}

function finish(line: Line, nowMs: number): void {
  if (line.state === 'done') return;
  Object.assign(line, { state: 'done', endedMs: nowMs });
}

const nameWidth = Math.max(...lineNames.map((name) => name.length));

/** `immutable   12 of 40 files, 1.2 of 4.0 MB, 3.1 MB/s`. */
export function renderLine(name: LineName, line: Line, nowMs: number): string {
  return `${name.padEnd(nameWidth)}  ${renderCounters(name, line, nowMs)}`.trimEnd();
}

function renderCounters(name: LineName, line: Line, nowMs: number): string {
  if (line.state === 'waiting') return '';
  if (name === 'compare') return renderName(line.remark);
  if (name === 'outputs') return `${renderNumber(line.count)} written`;
  if (name === 'invalidate') {
    const remark = line.remark === '' ? '' : ` (${renderName(line.remark)})`;
    return `${renderOf(line)} ${line.count === 1 && line.total === undefined ? 'item' : 'items'}${remark}`;
  }
  const parts = [name === 'collect' ? renderCount(line.count, 'file') : `${renderOf(line)} files`];
  if (name === 'collect') parts.push(renderBytes(line.bytes));
  else if (line.totalBytes > 0) parts.push(`${renderBytes(line.bytes)} of ${renderBytes(line.totalBytes)}`);
  const rate = renderRate(line, nowMs);
  if (rate !== undefined) parts.push(rate);
  return parts.join(', ');
}

function renderOf({ count, total }: Line): string {
  return total === undefined ? renderNumber(count) : `${renderNumber(count)} of ${renderNumber(total)}`;
}

// Rates over less time say nothing.
const leastRateMs = 500;

function renderRate(line: Line, nowMs: number): string | undefined {
  const elapsedMs = (line.state === 'done' ? line.endedMs : nowMs) - line.startedMs;
  if (elapsedMs < leastRateMs || line.bytes === 0) return undefined;
  return `${renderBytes(Math.round((line.bytes * 1000) / elapsedMs))}/s`;
}
