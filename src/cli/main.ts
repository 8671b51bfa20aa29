import { ApplyError, VerificationError } from '../errors/errors.ts';
import type { VerifiedReceipt } from '../verify/types.ts';
import { renderFailure, renderFailureJson, toFailure } from './failure.ts';
import { listenForSignals } from './interruption.ts';
import type { Io } from './io.ts';
import { redact } from './redact.ts';
import { resolveSettings, type Settings } from './settings.ts';
import { paintFor } from './style.ts';
import { createTerminal } from './terminal.ts';

/** Runs one command line; resolves with the exit code and never rejects. */
export async function main(io: Io): Promise<number> {
  let mode = guessMode(io);
  const setMode = (settings: Settings): void => {
    mode = settings;
  };
  try {
    return await run(io, setMode);
  } catch (error) {
    return await report(io, error, mode);
  }
}

type Mode = Pick<Settings, 'json' | 'debug' | 'quiet'>;

/** Whether an error of the command line itself is wanted as JSON; what was given cannot be read reliably then. */
function guessMode({ argv, env }: Io): Mode {
  const has = (flag: string, variable: string): boolean =>
    argv.includes(flag) || /^(1|true)$/i.test(env[variable] ?? '');
  return { json: has('--json', 'WAYBILL_JSON'), debug: has('--debug', 'WAYBILL_DEBUG'), quiet: false };
}

async function run(io: Io, onSettings: (settings: Settings) => void): Promise<number> {
  const { parseArguments } = await import('./program.ts');
  const line = await parseArguments(io);
  if (line === undefined) return 0;
  const settings = resolveSettings({ flags: line.flags, env: io.env, cwd: io.cwd });
  onSettings(settings);
  const interruption = listenForSignals(io);
  try {
    const command = await line.spec.load();
    const terminal = createTerminal(io, settings);
    return await command({ io, settings, terminal, flags: line.flags as never, signal: interruption.signal });
  } finally {
    interruption.dispose();
  }
}

async function report(io: Io, error: unknown, mode: Mode): Promise<number> {
  const failure = toFailure(error, mode.debug);
  const document = documentOf(error);
  if (document !== undefined) {
    const shown = withoutSecrets(document, io);
    const { renderDocument } = await import('./render/document.ts');
    createTerminal(io, mode).print(shown, (paint) => renderDocument(shown, paint) ?? '');
  }
  if (!mode.json) {
    io.stderr.write(redact(renderFailure(failure, paintFor(io.stderr, io.env)), io.env));
    return failure.exitCode;
  }
  // The document must be the last line, so what --debug adds comes before it.
  for (const detail of failure.details) io.stderr.write(`${redact(detail, io.env)}\n`);
  io.stderr.write(redact(renderFailureJson(failure), io.env));
  return failure.exitCode;
}

/** What a failed run still prints on stdout: a receipt or a verification. */
function documentOf(error: unknown): object | undefined {
  if (error instanceof VerificationError) return error.document;
  const receipt = error instanceof ApplyError ? error.receipt : undefined;
  return typeof receipt === 'object' && receipt !== null && 'kind' in receipt ? receipt : undefined;
}

/** A vendor's words may hold what it was sent. */
function withoutSecrets<T extends object>(document: T, io: Io): T {
  const { failed, rollback } = document as Partial<VerifiedReceipt>;
  return {
    ...document,
    ...(failed === undefined ? {} : { failed: { ...failed, message: redact(failed.message, io.env) } }),
    ...(rollback === undefined ? {} : { rollback: withoutSecrets(rollback, io) }),
  };
}
