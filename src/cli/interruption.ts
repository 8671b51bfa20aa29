import { InterruptedError } from '../errors/errors.ts';
import type { Io } from './io.ts';

export interface Interruption {
  /** Aborted by the first signal; the reason is an InterruptedError. */
  readonly signal: AbortSignal;
  /** Stops listening. */
  dispose(): void;
}

/** The first SIGINT or SIGTERM lets the run end cleanly, the second one ends the process at once. */
export function listenForSignals(io: Io): Interruption {
  const controller = new AbortController();
  const dispose = io.onSignal((name) => {
    const error = new InterruptedError(name, undefined, { hint: 'Run again.' });
    if (controller.signal.aborted) {
      io.exit(error.exitCode);
      return;
    }
    controller.abort(error);
  });
  return { signal: controller.signal, dispose };
}
