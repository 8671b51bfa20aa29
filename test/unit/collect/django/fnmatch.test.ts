import { expect, test } from 'vitest';
import { makeMatcher } from '../../../../src/collect/django/fnmatch.ts';

// Each was asked of Python: fnmatch.fnmatchcase(text, os.path.normpath(pattern)).
test.each<[string, string, boolean]>([
  ['*.css', 'a.css', true],
  ['*.css', 'd/a.css', true],
  ['*.css', 'a.CSS', false],
  ['*.css', 'a.css\n', false],
  ['?', '/', true],
  ['?', '😀', true],
  ['??', '😀', false],
  ['d/', 'd', true],
  ['./a', 'a', true],
  ['', '.', true],
  ['a//b', 'a/b', true],
  ['.*', '.git', true],
  ['.*', 'a.git', false],
  ['*~', 'a~', true],
  ['[ab]', 'b', true],
  ['[!ab]', 'b', false],
  ['[!ab]', '/', true],
  ['[^a]', '^', true],
  ['[a-c]', 'b', true],
  ['[c-a]', 'b', false],
  ['[!c-a]', 'b', true],
  ['[]a]', ']', true],
  ['[!]a]', 'x', true],
  ['[a', '[a', true],
  ['[]', '[]', true],
  ['[a-]', '-', true],
  ['[--0]', '.', true],
  ['[\\]', '\\', true],
  ['a.b', 'axb', false],
  ['(a|b)', 'a', false],
])('%j matches %j: %j', (pattern, text, expected) => {
  expect(makeMatcher(['never', pattern])(text)).toBe(expected);
});
