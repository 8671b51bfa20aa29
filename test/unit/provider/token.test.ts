import { expect, it } from 'vitest';
import { readHeader, readToken } from '../../../src/provider/token.ts';

it.each([
  ['abc-DEF_123', 'abc-DEF_123'],
  [' abc\n', 'abc'],
  ['', undefined],
  ['  ', undefined],
  [undefined, undefined],
])('%j is %j', (written, token) => {
  expect(readToken({ TOKEN: written }, 'TOKEN')).toBe(token);
});

it.each(['abc\ndef', 'abc def', 'abcé', 'a\u0000'])('%j is refused without being shown', (written) => {
  const read = () => readToken({ TOKEN: written }, 'TOKEN');
  expect(read).toThrow(/^TOKEN holds a space/);
  expect(read).not.toThrow(written);
});

it('a header may hold spaces, and no line breaks', () => {
  expect(readHeader({ AUTH: 'Basic eDp5' }, 'AUTH')).toBe('Basic eDp5');
  expect(() => readHeader({ AUTH: 'a\r\nx-other: b' }, 'AUTH')).toThrow(/^AUTH holds a line break/);
});
