import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { SourceError } from '../../errors/errors.ts';
import { listFilesScript } from './list-files.ts';

/** Importing a large project takes seconds; one that waits for a database that is not there takes minutes. */
const timeLimitMs = 120_000;

/** How much of what Django said a message repeats. */
const lastLines = 8;

export interface DjangoRequest {
  /** Absolute path of manage.py. */
  readonly manage: string;
  /** A command, absolute or by its name. */
  readonly python: string;
  readonly settings: string | undefined;
  readonly ignore: readonly string[];
  readonly defaultIgnore: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** What a project says of its static files. */
export interface DjangoAnswer {
  /** As Django writes it: `5.2.18`, `6.0a1`. */
  readonly version: string;
  readonly staticUrl: string | null;
  /** Dotted path of the storage's class. */
  readonly storage: string | null;
  /** `support_js_module_import_aggregation` of the storage. */
  readonly jsModules: boolean;
  /** Members of the storage's class that make other names or bytes than Django's own. */
  readonly custom: readonly string[];
  /** Destination and absolute path, links resolved, in the finders' order. */
  readonly files: readonly (readonly [string, string])[];
  /** FIFOs, sockets and devices. */
  readonly special: readonly string[];
}

/**
 * Starts the project's own Python and lets Django's finders list; gives the text of the answer, for `parseAnswer`. Raises SOURCE_MISSING,
 * PYTHON_MISSING and DJANGO_FAILED with what Django said last; rejects with the signal's reason.
 */
export async function askDjango(request: DjangoRequest): Promise<string> {
  const { manage } = request;
  if (statSync(manage, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new SourceError('SOURCE_MISSING', `there is no manage.py at ${manage}`, {
      hint: 'Correct `manage` of the source; it is relative to the configuration.',
    });
  }
  const { code, stdout, stderr } = await runPython(request);
  if (code === 0 && isDocument(stdout)) return stdout;
  const how = code === 0 ? 'ended without an answer' : `ended with ${code ?? 'a signal'}`;
  throw failed(`Django did not start: ${request.python} ${manage} ${how}`, stderr);
}

/** The script writes its document in one piece; what ends early has no closing brace. */
function isDocument(text: string): boolean {
  return text.startsWith('{') && text.endsWith('}');
}

interface Failure {
  readonly error: string;
  readonly message: string;
}

/** Raises SOURCE_SYMLINK, DJANGO_MISSING and DJANGO_FAILED for what the project's Python has found amiss. */
export function parseAnswer(text: string, request: DjangoRequest): DjangoAnswer {
  const document = JSON.parse(text) as DjangoAnswer | Failure;
  if ('error' in document) throw toError(document, request);
  return document;
}

function toError({ error, message }: Failure, { manage }: DjangoRequest): SourceError {
  switch (error) {
    case 'no-django':
      return new SourceError('DJANGO_MISSING', `there is no Django in ${message}, which runs ${manage}`, {
        hint: 'Set `python` on the source to the project’s own Python, e.g. .venv/bin/python.',
      });
    case 'no-staticfiles':
      return new SourceError(
        'DJANGO_FAILED',
        `django.contrib.staticfiles is not among the INSTALLED_APPS of ${message || manage}`,
        { hint: 'Add it; without it Django has no static files to collect.' },
      );
    case 'link':
      return new SourceError('SOURCE_SYMLINK', `the symbolic link ${message} points to nothing`, {
        hint: 'Remove it, or ignore it; collectstatic fails on it, too.',
      });
    case 'no-command':
      return new SourceError('DJANGO_FAILED', `${message} ended without running a command of Django`, {
        hint: 'It should call execute_from_command_line(sys.argv) when it is run as a program.',
      });
    default:
      return new SourceError('DJANGO_FAILED', `a finder of ${manage} cannot be used: ${message}`, {
        hint: 'Waybill reads files; leave that finder out in settings of its own, named by `settings`.',
      });
  }
}

/** With Django's own last lines, which name the cause. */
function failed(what: string, stderr: string): SourceError {
  const lines = stderr.split(/\r?\n/).filter((line) => line.trim() !== '');
  const said = lines.slice(-lastLines).map((line) => `\n  ${line}`);
  return new SourceError('DJANGO_FAILED', `${what}${said.length === 0 ? '' : `:${said.join('')}`}`, {
    hint: 'Make `python manage.py collectstatic --dry-run` work; `python` and `settings` on the source say with what.',
  });
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function runPython({ python, manage, settings, ignore, defaultIgnore, env, signal }: DjangoRequest): Promise<Ended> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const request = JSON.stringify({ manage, settings: settings ?? null, ignore, defaultIgnore });
    const child = spawn(python, ['-c', listFilesScript, request], {
      cwd: dirname(manage),
      // `plan` promises to write nothing, and Python would write compiled modules.
      env: { ...env, PYTHONDONTWRITEBYTECODE: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    const settle = (end: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      end();
    };
    const kill = (error: unknown): void => {
      child.kill('SIGKILL');
      // A process that Python started may hold the pipes open.
      child.stdout.destroy();
      child.stderr.destroy();
      settle(() => reject(error));
    };
    const stop = (): void => kill(signal.reason);
    const limit = `Django did not answer within ${timeLimitMs / 1000} seconds: ${python} ${manage}`;
    const timer = setTimeout(() => kill(failed(limit, output.stderr)), timeLimitMs);
    signal.addEventListener('abort', stop, { once: true });
    child.on('error', (error) => settle(() => reject(missing(python, error))));
    child.on('close', (code) => settle(() => resolve({ code, ...output })));
  });
}

function missing(python: string, cause: Error): SourceError {
  return new SourceError('PYTHON_MISSING', `${python} cannot be started: ${cause.message}`, {
    hint: 'Set `python` on the source, or describe it with `dirs` and `apps`, which needs no Python.',
    cause,
  });
}
