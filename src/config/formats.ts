import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { ConfigError } from '../errors/errors.ts';
import { findJsonLine, scanJson } from './json.ts';
import type { MistakesContext } from './mistakes.ts';

const modules = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'];

/** What a configuration's name may end in. */
export const extensions: readonly string[] = [...modules, 'json', 'yaml', 'yml', 'toml'];

/** A file's content before anything was checked. */
export interface RawConfig {
  readonly value: unknown;
  readonly lineOf?: NonNullable<MistakesContext['lineOf']>;
}

/** Reads or runs `file`; `library` is what `waybill` means to its imports. Throws ConfigError CONFIG_UNREADABLE. */
export async function loadRaw(file: string, library: string): Promise<RawConfig> {
  const extension = extname(file).slice(1);
  if (!extensions.includes(extension)) {
    throw new ConfigError('CONFIG_UNREADABLE', `${file} is in no format that Waybill reads.`, {
      hint: `The name of a configuration ends in ${extensions.join(', ')}.`,
    });
  }
  if (modules.includes(extension)) {
    const { loadModule } = await import('./module.ts');
    return { value: await loadModule(file, library) };
  }
  const text = await readText(file);
  try {
    if (extension === 'json') return parseJson(text);
    return extension === 'toml' ? await parseToml(text) : await parseYaml(text);
  } catch (error) {
    throw unreadable(file, error);
  }
}

async function readText(file: string): Promise<string> {
  try {
    // Editors on Windows put a byte order mark in front.
    return (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    throw unreadable(file, error);
  }
}

function parseJson(text: string): RawConfig {
  const lines = scanJson(text);
  return { value: JSON.parse(text), lineOf: (path) => findJsonLine(lines, path) };
}

async function parseYaml(text: string): Promise<RawConfig> {
  const { LineCounter, isNode, parseDocument } = await import('yaml');
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  const [error] = document.errors;
  if (error !== undefined) throw error;
  const lineOf = (path: readonly (string | number)[]) => {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return lineCounter.linePos(node.range[0]).line;
    }
    return undefined;
  };
  return { value: document.toJS(), lineOf };
}

async function parseToml(text: string): Promise<RawConfig> {
  const { parse } = await import('smol-toml');
  return { value: parse(text) };
}

/** The parsers' messages hold line, column and the lines around it. */
function unreadable(file: string, error: unknown): ConfigError {
  const text = error instanceof Error ? error.message.trim() : String(error);
  return new ConfigError('CONFIG_UNREADABLE', `${basename(file)} cannot be read: ${text}`, {
    hint: `Correct ${file}.`,
    cause: error,
  });
}
