import { catalog } from '../errors/catalog.ts';
import { WaybillError } from '../errors/errors.ts';
import type { Paint } from './style.ts';

/** An error as the command line reports it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  readonly exitCode: number;
  /** Code of what a half-applied run failed on, e.g. PROVIDER_THROTTLED. */
  readonly cause?: string;
  /** Causes from the outermost, and stacks; only for bugs and with --debug. */
  readonly details: readonly string[];
}

/** Everything that is no WaybillError is a bug: exit code 1, with its stack. */
export function toFailure(error: unknown, debug: boolean): Failure {
  if (!(error instanceof WaybillError)) {
    const message = error instanceof Error ? error.message : String(error);
    const details = listDetails(error);
    return { code: 'INTERNAL', message, hint: catalog.INTERNAL.help, exitCode: catalog.INTERNAL.exitCode, details };
  }
  const details = debug || error.code === 'INTERNAL' ? listDetails(error) : [];
  const hint = error.hint ?? catalog[error.code].help;
  const cause = error.cause instanceof WaybillError ? { cause: error.cause.code } : {};
  return { code: error.code, message: error.message, hint, exitCode: error.exitCode, ...cause, details };
}

const deepestCause = 8;

function listDetails(error: unknown): string[] {
  const details: string[] = [];
  let current = error;
  for (let depth = 0; depth < deepestCause && current !== undefined && current !== null; depth += 1) {
    const text = current instanceof Error ? (current.stack ?? `${current.name}: ${current.message}`) : String(current);
    details.push(depth === 0 ? text : `caused by ${text}`);
    current = current instanceof Error ? current.cause : undefined;
  }
  return details;
}

const mostMessageLines = 40;

/** For people: message, `hint:` line and details, ending in a newline. */
export function renderFailure(failure: Failure, paint: Paint): string {
  const [first = '', ...rest] = failure.message.split('\n');
  const lines = [`${paint('red', 'error')} ${paint('dim', `[${failure.code}]`)} ${first}`];
  lines.push(...rest.slice(0, mostMessageLines));
  if (rest.length > mostMessageLines) lines.push(`… and ${rest.length - mostMessageLines} more lines`);
  if (failure.hint !== undefined) lines.push(`${paint('cyan', 'hint:')} ${failure.hint}`);
  return `${[...lines, ...failure.details].join('\n')}\n`;
}

/** For scripts: one line. */
export function renderFailureJson({ code, message, hint, exitCode, cause }: Failure): string {
  const document = { kind: 'error', code, message, hint: hint ?? null, exitCode };
  return `${JSON.stringify(cause === undefined ? document : { ...document, cause })}\n`;
}
