import fc from 'fast-check';
import ignore from 'ignore';
import { expect, test } from 'vitest';
import { makeNameTest } from '../../../src/collect/name-patterns.ts';
import { neverList } from '../../../src/collect/never-list.ts';

/** Characters of which names and patterns are made often enough to meet. */
const characters = ['a', 'b', 'E', 'e', 'n', 'v', '.', '~', '#', '$', '+', '(', '-', '_', '1', 'é', '💧'];
const names = fc.string({ unit: fc.constantFrom(...characters), minLength: 1, maxLength: 6 });
const pieces = fc.oneof(
  fc.constantFrom(...characters.filter((character) => character !== '#')),
  fc.constantFrom('*', '**', '[eE]', '[a-n]', '\\#', '\\*'),
);
const patterns = fc.array(pieces, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));

test('matches the names that the matcher of paths matches', () => {
  fc.assert(
    fc.property(fc.array(patterns, { minLength: 1, maxLength: 4 }), names, (lines, name) => {
      fc.pre(ignore.isPathValid(name));
      const isMatch = makeNameTest(lines);
      expect(isMatch?.(name), `${JSON.stringify(lines)} ${name}`).toBe(
        ignore({ ignorecase: false }).add(lines).ignores(name),
      );
    }),
    { numRuns: 5_000 },
  );
});

test('never-list: every name that it leaves out is in doubt, and few others are', () => {
  const isMatch = makeNameTest(neverList);
  const matcher = ignore({ ignorecase: false }).add([...neverList]);
  const examples = neverList.map((line) =>
    line
      .replace(/\\/g, '')
      .replace(/\*/g, 'x')
      .replace(/\[(.)[^\]]*\]/g, '$1'),
  );
  for (const name of examples) {
    expect(matcher.ignores(name), name).toBe(true);
    expect(isMatch?.(name), name).toBe(true);
  }
  expect(isMatch?.('style.css')).toBe(false);
});

test.each(['a/b', '/a', 'a/', '!a', 'a?', 'a ', '[!a]', '[z-a]', 'a\\'])(
  '%j is left to the matcher of paths',
  (line) => {
    expect(makeNameTest([line])).toBeUndefined();
  },
);
