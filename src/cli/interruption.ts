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
    // Once a run has begun to change things, it puts its own words in the place of these.
    const message = `Interrupted by ${name}. Nothing was changed: visitors see what they saw before.`;
    const error = new InterruptedError(name, message, { hint: 'Run again.' });
    if (controller.signal.aborted) {
      io.exit(error.exitCode);
      return;
    }
    controller.abort(error);
  });
  return { signal: controller.signal, dispose };
}
