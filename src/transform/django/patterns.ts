import { makeStatementFinder } from './module-statements.ts';
import { any, lineEnd, lineStart, space, word } from './python-regex.ts';
import type { Rules } from './rules.ts';

export type Syntax = 'css' | 'js';

export interface Match {
  readonly start: number;
  readonly end: number;
  readonly url: string;
  /** Of a module statement: what stands between its keyword and `from`. */
  readonly names: string;
}

/** One kind of reference. Patterns run one after the other, each on what the one before has made of the text. */
export interface Pattern {
  /** Lists matches in order; none overlap. */
  readonly find: (text: string) => Iterable<Match>;
  readonly render: (url: string, names: string) => string;
  /** What becomes of a match that is left alone: usually itself, but see `dropsMaps`. */
  readonly left: 'kept' | 'dropped';
}

/** Django rewrites what its patterns' file names match, in lower case only; everything else is copied under its hashed name. */
export function syntaxOf(path: string, rules: Rules): Syntax | undefined {
  if (path.endsWith('.css')) return 'css';
  return rules.scripts && path.endsWith('.js') ? 'js' : undefined;
}

/** The patterns in Django's order. `jsModules` counts from 4.2 on. */
export function patternsOf(rules: Rules, jsModules: boolean): Readonly<Record<Syntax, readonly Pattern[]>> {
  const js = jsModules && rules.modules ? [scriptMap(rules), ...modulePatterns(rules)] : [scriptMap(rules)];
  return { css: [...stylePatterns(rules), ...(rules.styleMaps ? [styleMap(rules)] : [])], js };
}

const quote = `['"]`;

function stylePatterns(rules: Rules): Pattern[] {
  const url = rules.pairedQuotes
    ? `${word('url')}\\((?<quote>${quote}?)${space}*(?<url>${any}*?)\\k<quote>\\)`
    : `${word('url')}\\(${quote}?${space}*(?<url>${any}*?)${quote}?\\)`;
  return [
    pattern(url, (to) => `url("${to}")`),
    pattern(`@${word('import')}${space}*${quote}${space}*(?<url>${any}*?)${quote}`, (to) => `@import url("${to}")`),
  ];
}

function styleMap(rules: Rules): Pattern {
  const comment = `/\\*#[ \\t]sourceMappingURL=(?<url>${any}*)[ \\t]*\\*/`;
  return { ...pattern(lineStart + comment + lineEnd, (to) => `/*# sourceMappingURL=${to} */`), left: leftMap(rules) };
}

function scriptMap(rules: Rules): Pattern {
  const comment = `//# sourceMappingURL=(?<url>${any}*)`;
  return { ...pattern(lineStart + comment + lineEnd, (to) => `//# sourceMappingURL=${to}`), left: leftMap(rules) };
}

function leftMap(rules: Rules): Pattern['left'] {
  return rules.dropsMaps ? 'dropped' : 'kept';
}

/** Up to 6.0 a statement has to end in a semicolon; from 6.1 on none is looked for, and none may stand before `from`. */
function modulePatterns(rules: Rules): Pattern[] {
  const end = rules.skipsComments ? '' : `${space}*;`;
  const semicolon = rules.skipsComments ? '' : ';';
  const relative = `(?<url>[./]${any}*?)`;
  const dynamic = rules.skipsComments ? relative : `(?<url>${any}*?)`;
  return [
    {
      find: makeStatementFinder('import', rules),
      render: (to, names) => `import${names} from "${to}"${semicolon}`,
      left: 'kept',
    },
    {
      find: makeStatementFinder('export', rules),
      render: (to, names) => `export${names} from "${to}"${semicolon}`,
      left: 'kept',
    },
    pattern(`${word('import')}${space}*${quote}${relative}${quote}${end}`, (to) => `import"${to}"${semicolon}`),
    pattern(`${word('import')}\\(${quote}${dynamic}${quote}\\)`, (to) => `import("${to}")`),
  ];
}

function pattern(source: string, render: Pattern['render']): Pattern {
  const regex = new RegExp(source, 'g');
  function* find(text: string): Generator<Match> {
    for (const match of text.matchAll(regex)) {
      yield { start: match.index, end: match.index + match[0].length, url: match.groups?.url ?? '', names: '' };
    }
  }
  return { find, render, left: 'kept' };
}
