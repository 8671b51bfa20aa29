import { expect, test } from 'vitest';
import { listIgnoredBlocks } from '../../../../src/transform/django/ignored-blocks.ts';

test.each([
  ['css', 'a /* b * / */ c', ['/* b * / */']],
  ['css', '/*/ a */', ['/*/ a */']],
  ['css', '/* open', []],
  ['css', '// a', []],
  ['css', `"a\\"b" 'c"d'`, [`"a\\"b"`, `'c"d'`]],
  ['css', `"a\n"b"`, ['"b"']],
  ['css', '"a\\\nb"', ['"a\\\nb"']],
  ['css', 'a\\"b"c"', ['\\"', '"c"']],
  ['css', 'a\\😀"b"', ['\\😀', '"b"']],
  ['css', '`a`', []],
  ['js', 'a // b"\n"c"', ['// b"', '"c"']],
  ['js', '// to the end', ['// to the end']],
  ['js', '`a\n"$`b`}\\``', ['`a\n"$`', '`}\\``']],
  ['js', 'a\\', []],
  ['js', "'it' + `x", ["'it'"]],
  ['js', '/* a */ /* b', ['/* a */']],
] as const)('%s %j', (syntax, text, expected) => {
  expect([...listIgnoredBlocks(text, syntax)].map(({ start, end }) => text.slice(start, end))).toEqual(expected);
});
