import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderDotenv } from '../../../src/outputs/dotenv.ts';

const url = 'https://static.shop.example/static/';
const render = (existing: string, value = url): string => renderDotenv(existing, 'CDN_URL', value);

describe('renderDotenv', () => {
  it.each([
    ['an empty file', '', `CDN_URL=${url}\n`],
    ['a file without it', 'A=1\n', `A=1\nCDN_URL=${url}\n`],
    ['a file without a final newline', 'A=1', `A=1\nCDN_URL=${url}\n`],
    ['the last line without a newline', 'A=1\nCDN_URL=old', `A=1\nCDN_URL=${url}`],
    [
      'comments, order and other keys',
      '# one\n\nA=1\nCDN_URL=old\nB=2 # two\n',
      `# one\n\nA=1\nCDN_URL=${url}\nB=2 # two\n`,
    ],
    ['a comment behind the value', 'CDN_URL=old   # keep me\n', `CDN_URL=${url}   # keep me\n`],
    ['a comment behind a quoted value', "CDN_URL='old' # keep me\n", `CDN_URL='${url}' # keep me\n`],
    ['an empty value', 'CDN_URL=\nA=1\n', `CDN_URL=${url}\nA=1\n`],
    ['an empty value and a comment', 'CDN_URL=# later\n', `CDN_URL=${url} # later\n`],
    ['an empty quoted value', 'CDN_URL=""\n', `CDN_URL="${url}"\n`],
    ['double quotes', 'CDN_URL="old"\n', `CDN_URL="${url}"\n`],
    ['single quotes', "CDN_URL='old'\n", `CDN_URL='${url}'\n`],
    ['backticks', 'CDN_URL=`old`\n', `CDN_URL=\`${url}\`\n`],
    ['export', 'export CDN_URL=old\n', `export CDN_URL=${url}\n`],
    ['indentation and blanks around =', '  CDN_URL = old\n', `  CDN_URL = ${url}\n`],
    ['CRLF', 'A=1\r\nCDN_URL=old\r\nB=2\r\n', `A=1\r\nCDN_URL=${url}\r\nB=2\r\n`],
    ['CRLF and a comment behind quotes', 'CDN_URL="old" # keep me\r\n', `CDN_URL="${url}" # keep me\r\n`],
    ['CRLF without it', 'A=1\r\nB=2', `A=1\r\nB=2\r\nCDN_URL=${url}\r\n`],
    ['a byte order mark', '\uFEFFCDN_URL=old\n', `\uFEFFCDN_URL=${url}\n`],
    ['a byte order mark alone', '\uFEFF', `\uFEFF\nCDN_URL=${url}\n`],
    ['a name that only starts alike', 'CDN_URL_OLD=x\nMY_CDN_URL=y\n', `CDN_URL_OLD=x\nMY_CDN_URL=y\nCDN_URL=${url}\n`],
    ['a commented assignment', '# CDN_URL=old\n', `# CDN_URL=old\nCDN_URL=${url}\n`],
    // Most readers take the last one, django-environ the first.
    ['doubled names', 'CDN_URL=a\nB=1\nCDN_URL="b"\n', `CDN_URL=${url}\nB=1\nCDN_URL="${url}"\n`],
    ['text of another value', 'A="x\nCDN_URL=no\n"\n', `A="x\nCDN_URL=no\n"\nCDN_URL=${url}\n`],
    ['text of another value, and itself', "A='\nCDN_URL=no\n'\nCDN_URL=old\n", `A='\nCDN_URL=no\n'\nCDN_URL=${url}\n`],
    ['a value of several lines', 'CDN_URL="a\nb"\nA=1\n', `CDN_URL="${url}"\nA=1\n`],
    [
      'an escaped quote in another value',
      'A="say \\"CDN_URL=no\\""\nCDN_URL=old\n',
      `A="say \\"CDN_URL=no\\""\nCDN_URL=${url}\n`,
    ],
    ['a quote that never closes', 'CDN_URL="old\nA=1\n', `CDN_URL=${url}\nA=1\n`],
    ['junk behind the closing quote', 'CDN_URL="old"junk\n', `CDN_URL=${url}\n`],
  ])('%s', (_, existing, expected) => {
    expect(render(existing)).toBe(expected);
    expect(render(expected)).toBe(expected);
  });

  it.each([
    ['plain', 'https://a.example/x', 'CDN_URL=https://a.example/x\n'],
    ['empty', '', 'CDN_URL=\n'],
    ['a hash', 'a#b', 'CDN_URL="a#b"\n'],
    ['blanks', ' a b ', 'CDN_URL=" a b "\n'],
    ['what a shell takes apart', 'a?b=1&c;d', 'CDN_URL="a?b=1&c;d"\n'],
    ['what readers expand', 'a$B', "CDN_URL='a$B'\n"],
    ['double quotes', 'a"b', "CDN_URL='a\"b'\n"],
    ['single quotes', "a'b", 'CDN_URL="a\'b"\n'],
    ['both quotes', `a'b"c`, 'CDN_URL=`a\'b"c`\n'],
    ['not ASCII', 'https://a.example/é/', 'CDN_URL="https://a.example/é/"\n'],
  ])('quotes %s as needed', (_, value, expected) => {
    expect(render('', value)).toBe(expected);
    expect(parseEnv(expected).CDN_URL).toBe(value);
  });

  it('changes the quote that stands there when it cannot hold the value', () => {
    expect(render('CDN_URL="old"\n', 'a$b')).toBe("CDN_URL='a$b'\n");
    expect(render("CDN_URL='old'\n", "a'b")).toBe('CDN_URL="a\'b"\n');
  });

  it('never closes a quote that another value left open', () => {
    expect(parseEnv(render('A="never closed\n', 'a b'))).toMatchObject({ A: '"never closed', CDN_URL: 'a b' });
  });

  it.each([['a\nb'], ['a\\b'], ['a\'b"c`d'], ['a\'b"c$d']])('refuses what no quoting can hold: %j', (value) => {
    expect(() => render('', value)).toThrow('dotenv file cannot hold');
  });

  it('any text keeps every other line, and Node reads the new value and all the old ones', () => {
    fc.assert(
      fc.property(dotenvText, setValue, (existing, value) => {
        const rendered = render(existing, value);
        expect(readByNode(rendered)).toEqual({ ...readByNode(existing), CDN_URL: value });
        expect(othersOf(rendered)).toBe(othersOf(existing));
        expect(render(rendered, value)).toBe(rendered);
      }),
      { numRuns: 1_500 },
    );
  });
});

// What all readers take alike: no backslash before a quote, no tab before a name and no indented
// comment (Node makes them part of a name).
const word = fc.stringMatching(/^[a-z0-9:/._-]{0,8}$/);
const inner = fc.stringMatching(/^[a-zA-Z0-9 #=$.:/\n_-]{0,20}$/);
const quoted = fc.oneof(
  inner.map((text) => `"${text}"`),
  inner.map((text) => `'${text}\nCDN_URL=no'`),
  inner.map((text) => `\`${text}\``),
);
const name = fc.constantFrom('A', 'B_2', 'CDN_URL', 'CDN_URL_OLD', 'XCDN_URL', 'a.b', 'CDN-URL');
const assignment = fc
  .record({
    lead: fc.constantFrom('', '  ', 'export ', '  export '),
    name,
    equals: fc.constantFrom('=', ' = ', '= '),
    value: fc.oneof(word, quoted),
    tail: fc.constantFrom('', '', ' ', ' # CDN_URL=x', "  # it's"),
  })
  .map(({ lead, name: key, equals, value, tail }) => `${lead}${key}${equals}${value}${tail}`);
const line = fc.oneof(
  { weight: 4, arbitrary: assignment },
  { weight: 1, arbitrary: fc.constantFrom('', '# CDN_URL=comment', '#"', "# don't") },
);
const dotenvText = fc
  .record({ lines: fc.array(line, { maxLength: 8 }), eol: fc.constantFrom('\n', '\r\n'), final: fc.boolean() })
  .map(({ lines, eol, final }) => lines.join('\n').replaceAll('\n', eol) + (final && lines.length > 0 ? eol : ''));
const setValue = fc.oneof(
  fc.webUrl().filter((text) => !/['"`\\]/.test(text)),
  fc.stringMatching(/^[a-zA-Z0-9/:?&=#. ~!*()-]{0,20}$/),
);

/** Node takes a comment on a last line without a newline for a name, so give it one. */
function readByNode(text: string) {
  return parseEnv(`${text}\n`);
}

/** The text without the values of CDN_URL, found by another way than the code under test: line by line, outside of quotes. */
function othersOf(text: string): string {
  let open: string | undefined;
  const kept: string[] = [];
  let dropping = false;
  for (const one of text === '' ? [] : text.split(/(?<=\n)/)) {
    if (open === undefined) {
      const match = /^\s*(?:export )?([\w.-]+)\s*=[^\S\n]*(["'`]?)/.exec(one.startsWith('#') ? '' : one);
      dropping = match?.[1] === 'CDN_URL';
      const rest = one.slice(match?.[0].length ?? 0);
      if (match?.[2] && !rest.includes(match[2])) open = match[2];
    } else if (one.includes(open)) {
      open = undefined;
    }
    if (!dropping) kept.push(one.replace(/\r?\n$/, ''));
  }
  return kept.join('\n');
}
