import { catalogs } from '../../providers/index.ts';
import { resolveEnvironment } from '../config/environment.ts';
import { loadConfig } from '../config/load.ts';
import type { Config, Environment } from '../config/types.ts';
import { InterruptedError, WaybillError } from '../errors/errors.ts';
import type { Event } from '../events.ts';
import { openSession, type Session } from '../session.ts';
import type { Invocation } from './command.ts';
import { type Display, openDisplay } from './display.ts';
import { chooseRenderer } from './renderer.ts';

export interface Target {
  readonly config: Config;
  readonly environment: Environment;
}

/** The configuration and the environment that the command is about. */
export async function loadTarget({ io, settings }: Invocation): Promise<Target> {
  const config = await loadConfig({ file: settings.config, cwd: settings.cwd, catalogs, library: io.library });
  return { config, environment: resolveEnvironment(config, { flag: settings.env, env: io.env }) };
}

export interface Work {
  readonly session: Session;
  readonly target: Target;
  readonly display: Display;
}

export interface SessionNeeds<T> {
  /** Whether any write is a bug. */
  readonly readonly: boolean;
  readonly run: (work: Work) => Promise<T>;
  /** Warnings that the result itself shows. */
  readonly shownWarnings?: (result: T) => readonly string[];
}

/** Opens a session, shows progress while `run` works, and closes both whatever happens. */
export async function withSession<T>(
  invocation: Invocation,
  { readonly, run, shownWarnings }: SessionNeeds<T>,
): Promise<T> {
  const { io, settings, signal, terminal } = invocation;
  const target = await loadTarget(invocation);
  // A terminal of no width, as some test harnesses open, has no room to draw in.
  const isTTY = io.stderr.isTTY === true && io.stderr.columns !== 0;
  const kind = chooseRenderer({
    json: settings.json,
    quiet: settings.quiet,
    debug: settings.debug,
    isTTY,
    env: io.env,
  });
  const display = await openDisplay(kind, { io, debug: settings.debug });
  const stopNote = noteInterruption(signal, display);
  const warnings = new Set<string>();
  const emit = (event: Event): void => {
    if (event.kind === 'warning') warnings.add(event.message);
    display.emit(event);
  };
  try {
    const session = await openSession({
      ...target,
      env: io.env,
      host: io.host,
      now: io.now,
      nonce: io.createNonce(),
      signal,
      emit,
      retryBudgetMs: settings.retryBudgetMs,
      lockTimeoutMs: settings.lockTimeoutMs,
      ...(settings.concurrency === undefined ? {} : { concurrency: settings.concurrency }),
      readonly,
    });
    const result = await closing(session, () => run({ session, target, display }));
    await display.close('done');
    for (const message of shownWarnings?.(result) ?? []) warnings.delete(message);
    return result;
  } catch (error) {
    await display.close('failed');
    throw interrupted(error, signal);
  } finally {
    stopNote();
    for (const message of warnings) terminal.warn(message);
  }
}

async function closing<T>(session: Session, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } finally {
    await session.close();
  }
}

function noteInterruption(signal: AbortSignal, display: Display): () => void {
  const note = (): void => display.note('Ending cleanly; a second signal ends at once.');
  signal.addEventListener('abort', note, { once: true });
  return () => signal.removeEventListener('abort', note);
}

/** What an SDK throws when its call is aborted says less than why it was. */
function interrupted(error: unknown, signal: AbortSignal): unknown {
  const reason: unknown = signal.reason;
  if (!(reason instanceof InterruptedError) || error instanceof WaybillError) return error;
  return new InterruptedError(reason.signal, reason.message, { cause: error });
}
