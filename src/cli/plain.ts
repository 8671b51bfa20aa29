import type { Display, DisplayOptions } from './display.ts';
import { createNoteGate, renderNote } from './notes.ts';
import { advance, complete, createProgress, type LineName, renderLine } from './progress.ts';
import { redact } from './redact.ts';

// Logs of CI are kept; a line every few seconds shows that the run is alive.
const leastGapMs = 5000;

/** Lines one after the other: one when a phase ends, and in a long phase one every few seconds. */
export function createPlainDisplay({ io, debug }: DisplayOptions): Display {
  const progress = createProgress();
  const gate = createNoteGate();
  const printedMs = new Map<LineName, number>();
  const ended = new Set<LineName>();
  const write = (text: string): void => void io.stderr.write(`${redact(text, io.env)}\n`);

  const draw = (name: LineName, nowMs: number): void => {
    const line = progress[name];
    if (line.state === 'waiting' || ended.has(name)) return;
    if (line.state === 'running' && nowMs - (printedMs.get(name) ?? line.startedMs) < leastGapMs) return;
    if (line.state === 'done') ended.add(name);
    printedMs.set(name, nowMs);
    const text = renderLine(name, line, nowMs);
    // A phase may have nothing to count yet.
    if (text !== name) write(text);
  };

  return {
    emit(event) {
      const nowMs = io.now().getTime();
      const note = renderNote(event, debug);
      const passed = note === undefined ? undefined : gate(event, note, nowMs);
      if (passed !== undefined) write(passed);
      for (const name of advance(progress, event, nowMs)) draw(name, nowMs);
    },
    note: write,
    pause: async () => undefined,
    async close(outcome) {
      const nowMs = io.now().getTime();
      if (outcome === 'failed') return;
      for (const name of complete(progress, nowMs)) draw(name, nowMs);
    },
  };
}
