import { expect, test } from 'vitest';
import { sortItems } from '../../../src/provider/items.ts';

test('items are sorted by what they name, each once', () => {
  expect(sortItems(['/b', '/a*', '#app', '/b', '/a/*', '/100%25%2A', '#app'])).toEqual({
    paths: ['/b', '/100%25%2A'],
    prefixes: ['/a', '/a/'],
    tags: ['app'],
    everything: false,
  });
  expect(sortItems(['*', '/x'])).toEqual({ paths: ['/x'], prefixes: [], tags: [], everything: true });
});
