import type { Io } from './io.ts';
import { redact } from './redact.ts';
import { type Paint, paintFor } from './style.ts';

/** Where results and messages go: stdout carries the result, stderr the rest. */
export interface Terminal {
  /** The command's result: with --json the document, else the text. Called once. */
  print(document: object, text: (paint: Paint) => string): void;
  /** A result that is text with --json too. Called once, instead of `print`. */
  printText(text: string): void;
  /** A message on stderr for people; dropped with --json and --quiet. */
  say(text: string): void;
  /** Shown with --quiet and --json too. */
  warn(message: string): void;
}

export interface TerminalOptions {
  readonly json: boolean;
  readonly quiet: boolean;
}

export function createTerminal(io: Io, { json, quiet }: TerminalOptions): Terminal {
  return {
    print(document, text) {
      const body = json ? JSON.stringify(document, null, 2) : text(paintFor(io.stdout, io.env));
      io.stdout.write(`${body.trimEnd()}\n`);
    },
    printText(text) {
      io.stdout.write(`${text.trimEnd()}\n`);
    },
    say(text) {
      if (!json && !quiet) io.stderr.write(`${text}\n`);
    },
    warn(message) {
      io.stderr.write(`${paintFor(io.stderr, io.env)('yellow', 'warning:')} ${redact(message, io.env)}\n`);
    },
  };
}
