import {
  DefaultRenderer,
  Listr,
  ListrDefaultRendererLogLevels,
  ListrLogger,
  type ListrTaskWrapper,
  ProcessOutput,
} from 'listr2';
import type { Display, DisplayOptions } from './display.ts';
import type { OutputStream } from './io.ts';
import { createNoteGate, renderNote } from './notes.ts';
import { advance, complete, createProgress, type LineName, type Progress, renderLine } from './progress.ts';
import { redact } from './redact.ts';
import { hasColor } from './style.ts';

/** listr2 asks the real stdout whether it is a terminal; we draw on stderr and have decided already. */
class StderrRenderer extends DefaultRenderer {
  static override nonTTY = true as unknown as false;
}

type Task = ListrTaskWrapper<unknown, typeof StderrRenderer, typeof StderrRenderer>;

/** Lines that are drawn together. Between two groups stderr is free for a question. */
const groups: readonly (readonly LineName[])[] = [
  ['collect', 'compare'],
  ['immutable', 'mutable', 'entry', 'invalidate'],
  ['outputs'],
  ['verify'],
];

const repaintMs = 200;

/** Redraws one line a phase in place, with a counter and never a task per file. */
export function createLiveDisplay({ io, debug }: DisplayOptions): Display {
  const progress = createProgress();
  const gate = createNoteGate();
  const now = (): number => io.now().getTime();
  const render = (name: LineName): string => renderLine(name, progress[name], now());
  const stretches = new Map<readonly LineName[], Stretch>();
  let last: Stretch | undefined;

  const openFor = (name: LineName): void => {
    const group = groups.find((one) => one.includes(name)) ?? [];
    if (stretches.has(group)) return;
    last?.end();
    const names = group.filter((one) => isShown(progress, one));
    last = startStretch({ names, render, previous: last, stream: io.stderr, colored: hasColor(io.env, true) });
    stretches.set(group, last);
  };
  const say = (raw: string): void => {
    const text = redact(raw, io.env);
    if (last?.note(text) !== true) io.stderr.write(`${text}\n`);
  };

  return {
    emit(event) {
      const note = renderNote(event, debug);
      const passed = note === undefined ? undefined : gate(event, note, now());
      if (passed !== undefined) say(passed);
      for (const name of advance(progress, event, now())) {
        openFor(name);
        if (progress[name].state === 'done') last?.finish(name);
      }
    },
    note: say,
    async pause() {
      last?.end();
      await last?.drawn;
    },
    async close(outcome) {
      if (outcome === 'failed') last?.fail();
      else complete(progress, now());
      last?.end();
      await last?.drawn;
    },
  };
}

function isShown(progress: Progress, name: LineName): boolean {
  const { state, total } = progress[name];
  if (name === 'compare') return true;
  return state !== 'waiting' ? total !== 0 : (total ?? 0) > 0;
}

interface Stretch {
  /** Resolves when the last frame is drawn; never rejects. */
  readonly drawn: Promise<void>;
  finish(name: LineName): void;
  /** Shows the line under way as failed. */
  fail(): void;
  /** Finishes every line. */
  end(): void;
  /** Shows a text below the line under way; false when there is none. */
  note(text: string): boolean;
}

interface StretchOptions {
  readonly names: readonly LineName[];
  readonly render: (name: LineName) => string;
  readonly previous: Stretch | undefined;
  readonly stream: OutputStream;
  readonly colored: boolean;
}

function startStretch({ names, render, previous, stream, colored }: StretchOptions): Stretch {
  const gates = new Map(names.map((name) => [name, createGate()]));
  const running = new Map<LineName, Task>();
  const tasks = names.map((name) => ({
    title: render(name),
    rendererOptions: { outputBar: 1, persistentOutput: false },
    task: async (_context: unknown, task: Task): Promise<void> => {
      running.set(name, task);
      try {
        await gates.get(name)?.opened;
      } finally {
        running.delete(name);
        task.title = render(name);
      }
    },
  }));
  const list = new Listr<unknown, typeof StderrRenderer, typeof StderrRenderer>(tasks, {
    renderer: StderrRenderer,
    rendererOptions: { ...rendererOptions(stream, colored), showErrorMessage: false, formatOutput: 'truncate' },
    // The command line handles signals; listr2's handler would end the process in the middle of a write.
    registerSignalListeners: false,
    exitOnError: true,
  });
  // Setting a title draws everything, so titles follow the counters at a pace of their own.
  const repaint = setInterval(() => {
    for (const [name, task] of running) task.title = render(name);
  }, repaintMs);
  repaint.unref();
  const draw = async (): Promise<void> => {
    await previous?.drawn;
    // A failed line is only a drawing: the error itself comes from the story, which main reports.
    await list.run().catch(() => undefined);
    clearInterval(repaint);
  };
  return {
    drawn: draw(),
    finish: (name) => gates.get(name)?.open(),
    fail: () => {
      for (const name of running.keys()) gates.get(name)?.fail();
    },
    end: () => {
      for (const gate of gates.values()) gate.open();
    },
    note(text) {
      const [task] = running.values();
      if (task === undefined) return false;
      task.output = text;
      return true;
    },
  };
}

interface Gate {
  readonly opened: Promise<void>;
  open(): void;
  fail(): void;
}

function createGate(): Gate {
  let open = (): void => undefined;
  let fail = (): void => undefined;
  const opened = new Promise<void>((resolve, reject) => {
    open = resolve;
    fail = () => reject(new Error('failed'));
  });
  // A line that fails before listr2 waits for it must not end the process.
  opened.catch(() => undefined);
  return { opened, open: () => open(), fail: () => fail() };
}

function rendererOptions(stream: OutputStream, colored: boolean): object {
  const terminal = stream as unknown as NodeJS.WriteStream;
  const logger = new ListrLogger({
    useIcons: true,
    toStderr: [],
    processOutput: new ProcessOutput(terminal, terminal),
  });
  const plain = (text?: string): string => text ?? '';
  const color = Object.fromEntries(Object.values(ListrDefaultRendererLogLevels).map((level) => [level, plain]));
  return colored ? { logger } : { logger, color };
}
