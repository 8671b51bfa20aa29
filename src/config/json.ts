type Step = string | number;

/** Lines (from 1) of the values in a JSON text, by path. */
export type JsonLines = ReadonlyMap<string, number>;

/**
 * Finds each value's line, and what JSON.parse only says on newer Nodes: where the text stops being JSON. Throws SyntaxError with
 * line and column; also for a key that stands twice, of which JSON.parse would drop the first.
 */
export function scanJson(text: string): JsonLines {
  const scanner = new Scanner(text);
  scanner.value([]);
  scanner.end();
  return scanner.lines;
}

/** Line of `path`, or of the nearest value around it. */
export function findJsonLine(lines: JsonLines, path: readonly Step[]): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const line = lines.get(toKey(path.slice(0, length)));
    if (line !== undefined) return line;
  }
  return undefined;
}

const toKey = (path: readonly Step[]): string => JSON.stringify(path);

class Scanner {
  readonly lines = new Map<string, number>();
  #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(path: readonly Step[]): void {
    this.#space();
    this.lines.set(toKey(path), this.#position().line);
    const next = this.#text[this.#at];
    if (next === '{') this.#object(path);
    else if (next === '[') this.#array(path);
    else if (next === '"') this.#string();
    else if (this.#take(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y) === undefined)
      this.#fail('a value');
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) this.#fail('the end');
  }

  #object(path: readonly Step[]): void {
    const seen = new Set<string>();
    this.#list('}', 'a key in double quotes', () => {
      if (this.#text[this.#at] !== '"') this.#fail('a key in double quotes');
      const start = this.#at;
      const key = this.#string();
      if (seen.has(key)) {
        this.#at = start;
        this.#raise(`the key ${JSON.stringify(key)} stands here a second time`);
      }
      seen.add(key);
      this.#space();
      if (this.#take(/:/y) === undefined) this.#fail('`:`');
      this.value([...path, key]);
    });
  }

  #array(path: readonly Step[]): void {
    let index = 0;
    this.#list(']', 'a value', () => this.value([...path, index++]));
  }

  #list(close: string, what: string, entry: () => void): void {
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === close) {
      this.#at++;
      return;
    }
    for (;;) {
      entry();
      this.#space();
      const next = this.#text[this.#at];
      if (next !== ',' && next !== close) this.#fail(`\`,\` or \`${close}\``);
      this.#at++;
      if (next === close) return;
      this.#space();
      if (this.#text[this.#at] === close) this.#fail(`${what} after the comma`);
    }
  }

  #string(): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings.
    const literal = this.#take(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y);
    return literal === undefined ? this.#raise('a string is not closed, or holds a wrong escape') : JSON.parse(literal);
  }

  #space(): void {
    this.#take(/[ \t\r\n]*/y);
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #position(): { line: number; column: number } {
    const before = this.#text.slice(0, this.#at).split('\n');
    return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  }

  #fail(expected: string): never {
    const found = this.#text[this.#at];
    return this.#raise(`expected ${expected}, found ${found === undefined ? 'the end of the file' : `\`${found}\``}`);
  }

  #raise(message: string): never {
    const { line, column } = this.#position();
    throw new SyntaxError(`${message} (line ${line}, column ${column})`);
  }
}
