import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderJson } from '../../../src/outputs/json.ts';

const render = (existing: string): string => renderJson(existing, 'CDN_URL', 'https://a.example/');
const set = '"CDN_URL": "https://a.example/"';

describe('renderJson', () => {
  it.each([
    ['an empty file', '', `{\n  ${set}\n}\n`],
    ['an empty object', '{}', `{\n  ${set}\n}`],
    ['an empty object over lines', '{\r\n}\r\n', `{\r\n  ${set}\r\n}\r\n`],
    ['two blanks', '{\n  "a": 1\n}\n', `{\n  "a": 1,\n  ${set}\n}\n`],
    ['tabs and CRLF', '{\r\n\t"a": 1\r\n}\r\n', `{\r\n\t"a": 1,\r\n\t${set}\r\n}\r\n`],
    ['one line', '{"a":1}', '{"a":1,"CDN_URL":"https://a.example/"}'],
    ['one airy line', '{ "a": 1 }', `{ "a": 1, ${set} }`],
    ['an old value', '{"b": 1, "CDN_URL": "old", "a": 2}', `{"b": 1, ${set}, "a": 2}`],
    ['an old value that is no string', '{"CDN_URL": {"x": [1, 2]}, "a": 2}', `{${set}, "a": 2}`],
    [
      'numbers that JavaScript would change',
      '{"n": 12345678901234567890, "f": 1.0}',
      `{"n": 12345678901234567890, "f": 1.0, ${set}}`,
    ],
    [
      'the name deeper down',
      '{"a": {"CDN_URL": "x"}, "b": ["CDN_URL"]}',
      `{"a": {"CDN_URL": "x"}, "b": ["CDN_URL"], ${set}}`,
    ],
    ['an escaped name', '{"CDN\\u005fURL": "old"}', '{"CDN\\u005fURL": "https://a.example/"}'],
    ['braces and quotes in strings', '{"a": "}\\",{", "CDN_URL": "}"}', `{"a": "}\\",{", ${set}}`],
    ['a doubled name: the last counts', '{"CDN_URL": "a", "CDN_URL": "b"}', `{"CDN_URL": "a", ${set}}`],
    ['a byte order mark', '\uFEFF{"a": 1}', `\uFEFF{"a": 1, ${set}}`],
  ])('%s', (_, existing, expected) => {
    expect(render(existing)).toBe(expected);
    expect(render(expected)).toBe(expected);
  });

  it.each([
    ['broken JSON', '{"a": 1,}', 'no valid JSON'],
    ['JSON with comments', '// x\n{}', 'no valid JSON'],
    ['a list', '[]', 'no object'],
    ['null', 'null', 'no object'],
  ])('refuses %s', (_, existing, part) => {
    expect(() => render(existing)).toThrow(part);
  });

  it('sets any name to any value in any object and changes nothing else', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });
    const indent = fc.constantFrom(undefined, 1, 2, '\t');
    fc.assert(
      fc.property(object, indent, fc.string(), fc.string(), (existing, space, name, value) => {
        const rendered = renderJson(JSON.stringify(existing, null, space), name, value);
        // Parsed, so that a member named __proto__ is one on both sides.
        const expected = new Map([...Object.entries(JSON.parse(JSON.stringify(existing))), [name, value]] as [
          string,
          unknown,
        ][]);
        expect(new Map(Object.entries(JSON.parse(rendered)))).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });
});
