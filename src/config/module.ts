import { basename, isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError } from '../errors/errors.ts';

/**
 * Runs a ts or js configuration and gives its default export, or what a function or promise exported there gives. Throws
 * ConfigError CONFIG_UNREADABLE with the module's own error and where it was raised.
 */
export async function loadModule(file: string, library: string): Promise<unknown> {
  // Loaded here, not by the configuration: then it is the running instance, whose error classes are ours.
  const waybill: unknown = await import(isAbsolute(library) ? pathToFileURL(library).href : library);
  const { createJiti } = await import('jiti');
  // jiti's cache lies in a folder for temporary files that others may write to, or in node_modules.
  const jiti = createJiti(file, { virtualModules: { waybill }, fsCache: false });
  try {
    const exported: unknown = await jiti.import(file);
    const value = takeDefault(exported);
    return typeof value === 'function' ? await value() : await value;
  } catch (error) {
    throw toConfigError(error, file);
  }
}

/** The default export; of a CommonJS module what it exports. */
function takeDefault(exported: unknown): unknown {
  if (typeof exported !== 'object' || exported === null) return exported;
  if ('default' in exported) return exported.default;
  const isModule = Object.hasOwn(exported, '__esModule') || Object.hasOwn(exported, Symbol.toStringTag);
  if (isModule) throw noDefault();
  return exported;
}

/** Without a stack, whose place would be here and not in the configuration. */
function noDefault(): Error {
  const error = new Error('it has no default export; write `export default defineConfig({ … })`');
  delete error.stack;
  return error;
}

function toConfigError(error: unknown, file: string): ConfigError {
  const text = error instanceof Error ? renderError(error) : String(error);
  return new ConfigError('CONFIG_UNREADABLE', `${basename(file)} failed: ${text}`, {
    hint: `Correct ${file}.`,
    cause: error,
  });
}

/** The message, and the position that the message or the stack's first frame outside of jiti and Node names. */
function renderError(error: Error): string {
  // Behind a blank line Node lists the modules on the way.
  const message =
    error.message
      .split('\nRequire stack:')[0]
      ?.replace(/\s*\n\s*/g, ' ')
      .trim() ?? '';
  if (/:\d+:\d+$/.test(message)) return message;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const frame = frames.find((line) => !/node:|[/\\]jiti[/\\]/.test(line));
  const position = frame === undefined ? undefined : /(?:file:\/\/)?([^()\s][^()]*:\d+:\d+)\)?$/.exec(frame)?.[1];
  const name = error.name === 'Error' ? '' : `${error.name}: `;
  return `${name}${message}${position === undefined ? '' : ` (${position.replace(/^at (async )?/, '')})`}`;
}
