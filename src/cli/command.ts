import type { Io } from './io.ts';
import type { CommonFlags, Settings } from './settings.ts';
import type { Terminal } from './terminal.ts';
import type { ParseSetting } from './values.ts';

/** One command line, read and checked. */
export interface Invocation<Flags = object> {
  readonly io: Io;
  readonly settings: Settings;
  readonly terminal: Terminal;
  readonly flags: CommonFlags & Flags;
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
}

/** Does the command's work; resolves with the exit code. */
export type RunCommand<Flags> = (invocation: Invocation<Flags>) => Promise<number>;

export interface FlagSpec {
  /** As commander reads it: `--to <version>`. */
  readonly flag: string;
  readonly text: string;
  /** Absent for switches. */
  readonly parse?: ParseSetting<unknown>;
  /** Whether the command is an error without it. */
  readonly required?: true;
  /** Names of flags, as they stand in the parsed object, that exclude this one. */
  readonly conflicts?: readonly string[];
}

export interface ArgumentSpec {
  /** `<a>`, `[a]`, or `[a...]` for any number; its value stands among the flags under this name. */
  readonly argument: string;
  readonly text: string;
  readonly parse: ParseSetting<unknown>;
}

export interface CommandSpec {
  readonly name: string;
  readonly text: string;
  readonly args?: readonly ArgumentSpec[];
  readonly flags?: readonly FlagSpec[];
  readonly load: () => Promise<RunCommand<never>>;
}
