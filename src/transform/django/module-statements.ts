import type { Match } from './patterns.ts';
import { any, space, spaces, word, wordCharacter } from './python-regex.ts';
import type { Rules } from './rules.ts';

/**
 * Finds what Django's patterns for `import … from "…"` and `export … from "…"` find. Those look from each keyword for the nearest `from`
 * that a relative URL follows, over the rest of the file if need be, which takes minutes for some bundles; so the ends are found first
 * here, and each keyword takes the next one.
 */
export function makeStatementFinder(keyword: 'import' | 'export', rules: Rules): (text: string) => Generator<Match> {
  const quote = `['"]`;
  const target = `${space}*${quote}(?<url>[./]${any}*?)${quote}${rules.skipsComments ? '' : `${space}*;`}`;
  const end = `${word('from')}${target}`;
  const sources = {
    head: `${word(keyword)}(?=[${spaces}{*])`,
    from: `${word('from')}(?=${space}*${quote}[./])`,
    end,
    namespace: `(?<names>\\*${space}*${word('as')}${space}*${wordCharacter}+)${space}*${end}`,
  };
  const hasNamespaces = keyword === 'import' && rules.namespaceImports;
  return function* find(text) {
    // Fresh ones for each text: they remember where they are.
    const head = new RegExp(sources.head, 'g');
    const namespace = new RegExp(sources.namespace, 'uy');
    const ends = new Ends(text, new RegExp(sources.from, 'g'), new RegExp(sources.end, 'y'));
    for (let found = head.exec(text); found !== null; found = head.exec(text)) {
      const start = found.index;
      const names = start + found[0].length;
      let match: Match | undefined;
      if (text[names] !== '*') match = ends.complete(start, names, !rules.skipsComments);
      else if (hasNamespaces) match = matchNamespace(text, start, names, namespace);
      if (match === undefined) continue;
      yield match;
      head.lastIndex = match.end;
    }
  };
}

function matchNamespace(text: string, start: number, at: number, namespace: RegExp): Match | undefined {
  namespace.lastIndex = at;
  const groups = namespace.exec(text)?.groups;
  if (groups === undefined) return undefined;
  return { start, end: namespace.lastIndex, url: groups.url ?? '', names: groups.names ?? '' };
}

/** The ends of statements, `from "./x.js";`, in order. */
class Ends {
  readonly #text: string;
  readonly #from: RegExp;
  readonly #end: RegExp;
  #next: { readonly start: number; readonly end: number; readonly url: string } | undefined;

  constructor(text: string, from: RegExp, end: RegExp) {
    this.#text = text;
    this.#from = from;
    this.#end = end;
    this.#next = this.#find();
  }

  /** The statement that starts at `start` and whose names start at `names`; both have to rise from call to call. */
  complete(start: number, names: number, takesSemicolons: boolean): Match | undefined {
    // The names have at least one character, a space or a brace.
    while (this.#next !== undefined && this.#next.start <= names) this.#next = this.#find();
    if (this.#next === undefined) return undefined;
    const { start: from, end, url } = this.#next;
    const semicolon = takesSemicolons ? -1 : this.#text.indexOf(';', names + 1);
    if (semicolon !== -1 && semicolon < from) return undefined;
    let namesEnd = from;
    while (namesEnd > names + 1 && isSpace(this.#text, namesEnd - 1)) namesEnd -= 1;
    return { start, end, url, names: this.#text.slice(names, namesEnd) };
  }

  #find() {
    for (let from = this.#from.exec(this.#text); from !== null; from = this.#from.exec(this.#text)) {
      this.#end.lastIndex = from.index;
      const groups = this.#end.exec(this.#text)?.groups;
      if (groups !== undefined) return { start: from.index, end: this.#end.lastIndex, url: groups.url ?? '' };
    }
    return undefined;
  }
}

const oneSpace = new RegExp(space, 'y');

function isSpace(text: string, at: number): boolean {
  oneSpace.lastIndex = at;
  return oneSpace.test(text);
}
