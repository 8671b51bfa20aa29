import { describe, expect, it } from 'vitest';
import { renderPython } from '../../../src/outputs/python.ts';

const render = (existing: string, value = 'https://a.example/'): string => renderPython(existing, 'CDN_URL', value);
const set = 'CDN_URL = "https://a.example/"';

describe('renderPython', () => {
  it.each([
    ['an empty file', '', `${set}\n`],
    ['a module without it', 'import os\n', `import os\n${set}\n`],
    ['no final newline', 'DEBUG = False', `DEBUG = False\n${set}\n`],
    ['an old value', '# CDN\nCDN_URL = "old"  # set by waybill\nX = 1\n', `# CDN\n${set}  # set by waybill\nX = 1\n`],
    ['single quotes', "CDN_URL='old'\n", "CDN_URL='https://a.example/'\n"],
    ['an annotation', 'CDN_URL: str = "old"\n', 'CDN_URL: str = "https://a.example/"\n'],
    ['a raw string', 'CDN_URL = r"old"\n', `${set}\n`],
    ['CRLF', 'CDN_URL = "old"\r\nX = 1\r\n', `${set}\r\nX = 1\r\n`],
    ['a byte order mark', '\uFEFFCDN_URL = "old"\n', `\uFEFF${set}\n`],
    ['escapes in the old value', 'CDN_URL = "a\\"b"\n', `${set}\n`],
    ['a name that only starts alike', 'CDN_URL_OLD = "x"\n', `CDN_URL_OLD = "x"\n${set}\n`],
    ['a comparison', 'CDN_URL == "x"\n', `CDN_URL == "x"\n${set}\n`],
    ['a docstring that shows one', '"""\nCDN_URL = "x"\n"""\n', `"""\nCDN_URL = "x"\n"""\n${set}\n`],
    ['an argument that starts a line', 'f(\nCDN_URL = "x",\n)\n', `f(\nCDN_URL = "x",\n)\n${set}\n`],
    ['an indented one', 'if DEBUG:\n    CDN_URL = "x"\n', `if DEBUG:\n    CDN_URL = "x"\n${set}\n`],
    ['an apostrophe in a comment', "# don't (\nCDN_URL = 'old'\n", "# don't (\nCDN_URL = 'https://a.example/'\n"],
    ['two of them', 'CDN_URL = "a"\nCDN_URL = \'b\'\n', `${set}\nCDN_URL = 'https://a.example/'\n`],
  ])('%s', (_, existing, expected) => {
    expect(render(existing)).toBe(expected);
    expect(render(expected)).toBe(expected);
  });

  it.each([
    ['quotes and backslashes', `a"b'c\\d`, 'CDN_URL = "a\\"b\'c\\\\d"\n'],
    ['line breaks', 'a\nb', 'CDN_URL = "a\\u000ab"\n'],
    ['not ASCII', 'é\u2028😀', 'CDN_URL = "\\u00e9\\u2028\\U0001f600"\n'],
  ])('writes a valid literal: %s', (_, value, expected) => {
    expect(render('', value)).toBe(expected);
  });

  it.each([
    ['a call', 'X = 1\nCDN_URL = os.environ.get("CDN_URL", "x")\n'],
    ['a sum', 'X = 1\nCDN_URL = "a" + "b"\n'],
    ['a formatted string', 'X = 1\nCDN_URL = f"{HOST}/"\n'],
    ['a string of several lines', 'X = 1\nCDN_URL = """a"""\n'],
    ['brackets', 'X = 1\nCDN_URL = (\n    "a"\n)\n'],
  ])('refuses to replace %s, naming the line', (_, existing) => {
    expect(() => render(existing)).toThrow('line 2 computes CDN_URL');
  });
});
