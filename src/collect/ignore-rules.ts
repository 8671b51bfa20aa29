import ignore, { type Ignore } from 'ignore';
import { makeNameTest } from './name-patterns.ts';
import { neverList } from './never-list.ts';

/** The name of the file, in a source or any folder of it, that holds more patterns. */
export const ignoreFileName = '.waybillignore';

/**
 * Which paths of one source are left out, in gitignore syntax and with git's precedence: the never-list, the configuration, the
 * source's own patterns, then `.waybillignore` files from the root downwards; the last match decides, and `!` takes back.
 * Paths are relative to the source, with `/`. As in git, nothing inside an ignored folder can be taken back.
 */
export class IgnoreRules {
  readonly #lines: readonly string[];
  readonly #matcher: Ignore;
  /** Says of most names, sooner than the matcher, that no pattern is about them; its word is only taken for that. */
  readonly #mayMatch: ((name: string) => boolean) | undefined;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
    const all = [...neverList, ...lines, ...wellKnownLines(lines)];
    this.#matcher = matcherOf(all);
    this.#mayMatch = makeNameTest(all);
  }

  /** The rules below `folder` (empty: the source's root), given the text of its ignore file. */
  extended(folder: string, text: string): IgnoreRules {
    // Text editors of Windows may put a byte order mark first, which would spoil the first pattern.
    const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
    return new IgnoreRules([...this.#lines, ...lines.map((line) => rebase(line, folder))]);
  }

  /** Of a path whose folders are not ignored. */
  isFileIgnored(path: string): boolean {
    return this.#isInDoubt(path) && this.#matcher.test(path).ignored;
  }

  /** Of a path whose folders are not ignored. */
  isFolderIgnored(path: string): boolean {
    return this.#isInDoubt(path) && this.#matcher.test(`${path}/`).ignored;
  }

  #isInDoubt(path: string): boolean {
    return this.#mayMatch?.(path.slice(path.lastIndexOf('/') + 1)) ?? true;
  }
}

function matcherOf(lines: readonly string[]): Ignore {
  return ignore({ ignorecase: false }).add(lines);
}

/**
 * `.well-known` is wanted even where a broad pattern such as `.*` covers it; only a pattern that names it leaves it out. Taking it
 * back takes everything in it back, so there the never-list is said again.
 */
function wellKnownLines(lines: readonly string[]): readonly string[] {
  if (lines.some((line) => line.includes('well-known'))) return [];
  if (!matcherOf(lines).test('.well-known/file').ignored) return [];
  return ['!/.well-known/', '!/.well-known/**', ...neverList.map((line) => rebase(line, '.well-known'))];
}

/** Rewrites a pattern of a nested ignore file so that it means the same seen from the source's root. */
function rebase(line: string, folder: string): string {
  if (folder === '' || line.trim() === '' || line.startsWith('#')) return line;
  const negated = line.startsWith('!');
  const pattern = negated ? line.slice(1) : line;
  // A pattern with a slash before its end is anchored at its folder; one without matches at any depth below it.
  const slash = pattern.indexOf('/');
  const anchored = slash !== -1 && slash < pattern.trimEnd().length - 1;
  const rest = anchored ? pattern.replace(/^\//, '') : `**/${pattern.replace(/^\\(?=[#!])/, '')}`;
  return `${negated ? '!' : ''}/${folder.replace(/[\\*?[\]!# ]/g, '\\$&')}/${rest}`;
}
