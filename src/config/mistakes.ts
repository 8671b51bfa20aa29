import type { Code } from '../errors/catalog.ts';
import { ConfigError, type ErrorDetails } from '../errors/errors.ts';

/** One thing that is wrong in a configuration. */
export interface Mistake {
  /** Steps from the root, e.g. `['environments', 'prod', 'url']`. */
  readonly path: readonly (string | number)[];
  /** What was expected and what was there, without the path. */
  readonly text: string;
  readonly code: Code;
}

/** Every mistake of a configuration in one error, so that they can be corrected in one go. */
export class MistakesError extends ConfigError {
  readonly mistakes: readonly Mistake[];
  constructor(code: Code, message: string, details: ErrorDetails & { path: string; mistakes: readonly Mistake[] }) {
    super(code, message, details);
    this.mistakes = details.mistakes;
  }
}

export interface MistakesContext {
  /** Name of the file, for the first line. */
  readonly file?: string;
  /** Line of a path in that file, from 1; undefined where it is not known. */
  readonly lineOf?: (path: readonly (string | number)[]) => number | undefined;
}

/** PROVIDER_UNKNOWN when nothing else is wrong, CONFIG_INVALID otherwise. `mistakes` must not be empty. */
export function mistakesError(mistakes: readonly Mistake[], context: MistakesContext = {}): MistakesError {
  const lines = mistakes.map((mistake) => renderMistake(mistake, context));
  const count = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`;
  const message =
    context.file === undefined
      ? lines.join('\n')
      : `${context.file} has ${count}:\n${lines.map((l) => `  ${l}`).join('\n')}`;
  const codes = new Set(mistakes.map((mistake) => mistake.code));
  const [only] = codes;
  const code = codes.size === 1 && only !== undefined ? only : 'CONFIG_INVALID';
  return new MistakesError(code, message, { path: renderPath(mistakes[0]?.path ?? []), mistakes });
}

function renderMistake(mistake: Mistake, context: MistakesContext): string {
  const line = context.lineOf?.(mistake.path);
  const where = line === undefined ? '' : ` (line ${line})`;
  const path = renderPath(mistake.path);
  return path === '' ? `${mistake.text}${where}` : `${path}${where}: ${mistake.text}`;
}

/** `environments.prod.outputs[0].path`; names that are no plain words are quoted. */
export function renderPath(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    if (!/^[\w$-]+$/.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

/** The opposite of `renderPath`. */
export function parsePath(text: string): (string | number)[] {
  const steps = text.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g);
  return [...steps].map(([, index, quoted, word]) => {
    if (index !== undefined) return Number(index);
    return quoted === undefined ? (word ?? '') : (JSON.parse(quoted) as string);
  });
}
