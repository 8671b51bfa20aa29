import { randomUUID } from 'node:crypto';
import { PassThrough, Writable } from 'node:stream';
import type { SignalName } from '../../src/cli/io.ts';
import { main } from '../../src/cli/main.ts';
import { makeTree } from '../temp.ts';

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Whether stdin and stderr are a terminal. */
  readonly isTTY?: boolean;
  /** Typed once the text has appeared on stderr. */
  readonly answer?: { readonly after: string; readonly text: string };
  /** Called with all of stderr whenever it grows. */
  readonly onStderr?: (all: string, send: (signal: SignalName) => void) => void;
  readonly onStdout?: (all: string, send: (signal: SignalName) => void) => void;
}

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Codes of `io.exit`, which a second signal calls. */
  readonly exits: readonly number[];
}

/** A stream that remembers what was written to it. */
export class Sink extends Writable {
  text = '';
  readonly isTTY: boolean;
  readonly columns = 100;
  readonly onText: (all: string) => void;
  constructor(isTTY = false, onText: (all: string) => void = () => undefined) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
    this.onText = onText;
  }
  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    this.text += String(chunk);
    this.onText(this.text);
    done();
  }
}

/** Runs the command line in this process, with streams of its own and only the given variables. */
export async function waybill(cwd: string, line: string | readonly string[], options: RunOptions = {}): Promise<Run> {
  const { env = {}, isTTY = false, answer, onStderr, onStdout } = options;
  const listeners = new Set<(signal: SignalName) => void>();
  const exits: number[] = [];
  const send = (signal: SignalName): void => {
    for (const listener of listeners) listener(signal);
  };
  const stdin = Object.assign(new PassThrough(), { isTTY });
  let isAnswered = false;
  const stderr = new Sink(isTTY, (all) => {
    onStderr?.(all, send);
    if (answer === undefined || isAnswered || !all.includes(answer.after)) return;
    isAnswered = true;
    stdin.write(answer.text);
  });
  const stdout = new Sink(false, (all) => onStdout?.(all, send));
  const code = await main({
    argv: typeof line === 'string' ? line.split(' ') : line,
    env,
    cwd,
    library: new URL('../../src/index.ts', import.meta.url).href,
    stdin,
    stdout,
    stderr,
    host: { hostname: 'test-host', pid: 4242, isAlive: () => false },
    now: () => new Date(),
    createNonce: randomUUID,
    onSignal(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    exit: (exitCode) => exits.push(exitCode),
  });
  return { code, stdout: stdout.text, stderr: stderr.text, exits };
}

export const site: Readonly<Record<string, string>> = {
  'site/index.html': '<link rel="stylesheet" href="css/style.css">',
  'site/css/style.css': 'body { color: black }',
  'site/js/app-3f9ab1c2.js': 'console.log(1)',
};

/** A project with one local environment, `dev`. */
export function makeProject(files: Readonly<Record<string, string>> = site, more: object = {}): string {
  return makeTree({ ...files, 'waybill.config.json': renderConfig({ dev: local() }, more) });
}

export function local(more: object = {}): object {
  return { origin: { use: 'local', directory: '.cdn' }, url: 'http://127.0.0.1:4100/static/', ...more };
}

export function renderConfig(environments: object, more: object = {}): string {
  return JSON.stringify({ project: 'shop', sources: [{ kind: 'directory', path: 'site' }], environments, ...more });
}

/** The document on stdout; fails when there is anything else. */
export function parseJson<T = Record<string, unknown>>({ stdout }: Run): T {
  return JSON.parse(stdout) as T;
}

/** The error document: the last line of stderr. */
export function parseError({ stderr }: Run): Record<string, unknown> {
  return JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
}
