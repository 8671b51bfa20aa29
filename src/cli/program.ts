import { Argument, Command, CommanderError, Option } from 'commander';
import { UsageError } from '../errors/errors.ts';
import { version } from '../version.ts';
import type { ArgumentSpec, CommandSpec, FlagSpec } from './command.ts';
import { commands, commonFlags } from './command-list.ts';
import type { Io } from './io.ts';
import type { CommonFlags } from './settings.ts';
import type { ParseSetting } from './values.ts';

/** A command line that fits; arguments stand among the flags, under their names. */
export interface ParsedLine {
  readonly spec: CommandSpec;
  readonly flags: CommonFlags;
}

/** Reads the command line. `undefined` when it only asked for help or the version. Throws UsageError. */
export async function parseArguments(io: Io): Promise<ParsedLine | undefined> {
  let parsed: ParsedLine | undefined;
  const program = buildProgram(io);
  for (const spec of commands) {
    const command = addCommand(program, io, spec);
    command.action(() => {
      const names = (spec.args ?? []).map(nameOf);
      const values = names.map((name, index) => [name, command.processedArgs[index]]);
      parsed = { spec, flags: { ...command.optsWithGlobals(), ...Object.fromEntries(values) } };
    });
  }
  try {
    await program.parseAsync(io.argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw toUsageError(error);
  }
  return parsed;
}

function buildProgram(io: Io): Command {
  const program = configure(new Command('waybill'), io)
    .description('Carries the static assets of a web application to its CDN, and back if need be.')
    .version(version, '-V, --version', 'print the version');
  for (const flag of commonFlags) program.addOption(makeOption(flag));
  return program;
}

function addCommand(program: Command, io: Io, spec: CommandSpec): Command {
  const command = configure(program.command(spec.name), io).description(spec.text);
  for (const one of spec.args ?? []) command.addArgument(makeArgument(one));
  for (const flag of spec.flags ?? []) command.addOption(makeOption(flag));
  return command;
}

function configure(command: Command, io: Io): Command {
  return command
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      // Only the help that follows a missing command comes here: errors are printed by main.
      writeErr: (text) => void io.stderr.write(text),
      outputError: () => undefined,
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
    });
}

function makeOption({ flag, text, parse, required, conflicts }: FlagSpec): Option {
  const option = new Option(flag, text).makeOptionMandatory(required ?? false);
  if (parse !== undefined) option.argParser(toParser(parse, option.long ?? flag));
  if (conflicts !== undefined) option.conflicts([...conflicts]);
  return option;
}

function makeArgument({ argument, text, parse }: ArgumentSpec): Argument {
  const made = new Argument(argument, text);
  const parser = toParser(parse, nameOf({ argument }).toUpperCase());
  if (!made.variadic) return made.argParser(parser);
  return made.argParser((value: string, before: unknown[] | undefined) => [...(before ?? []), parser(value)]);
}

/** `path` of `[path...]`. */
function nameOf({ argument }: Pick<ArgumentSpec, 'argument'>): string {
  return argument.slice(1, -1).replace(/\.{3}$/, '');
}

function toParser(parse: ParseSetting<unknown>, label: string): (text: string) => unknown {
  return (text) => parse({ text, label });
}

/** commander's words in the form of our other messages; its suggestion becomes the hint. */
function toUsageError(error: CommanderError): UsageError {
  if (error.code === 'commander.help') {
    return new UsageError('USAGE', 'No command was given.', { hint: 'Name one of the commands: waybill --help.' });
  }
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const suggestion = /^\((.*)\)$/.exec(rest.join(' '))?.[1];
  const message = `${first.charAt(0).toUpperCase()}${first.slice(1)}`;
  return new UsageError('USAGE', message.endsWith('.') ? message : `${message}.`, {
    hint: suggestion ?? 'See waybill <command> --help.',
  });
}
