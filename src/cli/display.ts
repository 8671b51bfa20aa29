import type { Emit } from '../events.ts';
import type { Io } from './io.ts';
import { createPlainDisplay } from './plain.ts';
import type { RendererKind } from './renderer.ts';

/** Shows a run's progress on stderr. */
export interface Display {
  readonly emit: Emit;
  /** A message in between; dropped by the silent display. */
  note(text: string): void;
  /** Resolves when nothing is being redrawn, so that a question can be asked. */
  pause(): Promise<void>;
  /** Draws the final state; resolves when stderr is free. */
  close(outcome: 'done' | 'failed'): Promise<void>;
}

export interface DisplayOptions {
  readonly io: Io;
  readonly debug: boolean;
}

const silent: Display = {
  emit: () => undefined,
  note: () => undefined,
  pause: async () => undefined,
  close: async () => undefined,
};

/** The display of that kind; listr2 is loaded only where it draws. */
export async function openDisplay(kind: RendererKind, options: DisplayOptions): Promise<Display> {
  if (kind === 'silent') return silent;
  if (kind === 'plain') return createPlainDisplay(options);
  const { createLiveDisplay } = await import('./tasks.ts');
  return createLiveDisplay(options);
}
