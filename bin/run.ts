import { Console } from 'node:console';
import { randomUUID } from 'node:crypto';
import module from 'node:module';
import process from 'node:process';
import type { Io, SignalName } from '../src/cli/io.ts';
import { currentDirectory, describeHost } from '../src/host.ts';

// Keeps compiled code between runs; Node 20 has it not.
if ('enableCompileCache' in module && typeof module.enableCompileCache === 'function') module.enableCompileCache();

// stdout carries the result alone: what a configuration prints goes to stderr.
globalThis.console = new Console(process.stderr, process.stderr);

// Whoever reads our output may stop reading, as `head` does; the run itself goes on, also when the disk is full.
let unwritten: NodeJS.ErrnoException | undefined;
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') unwritten ??= error;
  });
}

const io: Io = {
  argv: process.argv.slice(2),
  env: process.env,
  // Asked for inside of `main`, which tells errors: the folder may be gone.
  get cwd() {
    return currentDirectory();
  },
  library: new URL(import.meta.url.endsWith('.ts') ? '../src/index.ts' : '../src/index.js', import.meta.url).href,
  // Opened when a question is asked, and not before.
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  host: describeHost(),
  now: () => new Date(),
  createNonce: randomUUID,
  onSignal(listener) {
    const names: readonly SignalName[] = ['SIGINT', 'SIGTERM'];
    for (const name of names) process.on(name, listener);
    return () => {
      for (const name of names) process.off(name, listener);
    };
  },
  exit: (code) => process.exit(code),
};

/** Resolves when what was written has left the process, or nobody reads it any more. */
function flush(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}

const { main } = await import('../src/cli/main.ts');
const exitCode = await main(io);
await Promise.all([flush(process.stdout), flush(process.stderr)]);
if (unwritten !== undefined) process.stderr.write(`error The output could not be written: ${unwritten.message}\n`);
// A vendor's SDK may hold a connection open for minutes.
process.exit(unwritten !== undefined && exitCode === 0 ? 1 : exitCode);
