import { describe, expect, test } from 'vitest';
import type { World } from '../../../src/plan/diff.ts';
import { findStale, findStanding, freshSeconds, type StalePhase } from '../../../src/plan/stale.ts';
import { file, manifest, world } from './worlds.ts';

function keysOf(one: World): Record<StalePhase, string[]> {
  const stale = findStale(one, []);
  const keys = (phase: StalePhase): string[] => (stale.get(phase) ?? []).map(({ key }) => key);
  return { mutable: keys('mutable'), entry: keys('entry') };
}

describe('stale keys', () => {
  test('after a crash behind the write, manifests still tell what edges hold', () => {
    // Everything is written already, so there are no changes left; the invalidation was never made.
    const one = world({
      wanted: [file('a.css', '2'), file('index.html', '2', 'entry'), file('same.css', '1')],
      live: manifest(1, [file('a.css', '1'), file('index.html', '1', 'entry'), file('same.css', '1')]),
    });
    expect(keysOf(one)).toEqual({ mutable: ['a.css'], entry: ['index.html'] });
    expect(findStanding(one, findStale(one, [])).map(({ key }) => key)).toEqual(['same.css']);
  });

  test('going back after a half-applied version names what that version may have shown', () => {
    const live = manifest(1, [file('a.css', '1'), file('b.css', '1')]);
    const applying = manifest(2, [file('a.css', '2'), file('b.css', '1'), file('new.css', '2')]);
    const one = world({ wanted: live.files, live, applying });
    expect(keysOf(one)).toEqual({ mutable: ['a.css', 'new.css'], entry: [] });
    expect(findStale(one, []).get('mutable')?.[0]?.cached).toEqual([file('a.css', '1'), file('a.css', '2')]);
  });

  test('a new hashed name is never stale, a new stable one is: its absence may be cached', () => {
    const wanted = [file('page.css', '1'), file('x.js', '1', 'immutable')];
    expect(keysOf(world({ wanted, live: manifest(1, []) }))).toEqual({ mutable: ['page.css'], entry: [] });
    expect(findStanding(world({ wanted, live: manifest(1, []) }), new Map())).toEqual([]);
  });

  test('new headers alone make a copy stale', () => {
    const before = { ...file('a.css', '1'), headers: { 'cache-control': 'y' } };
    expect(keysOf(world({ wanted: [file('a.css', '1')], live: manifest(1, [before]) })).mutable).toEqual(['a.css']);
  });
});

test.each([
  ['public, max-age=0, s-maxage=86400, must-revalidate', 86_400],
  ['public, max-age=600', 600],
  ['max-age="60"', 60],
  ['no-store', 0],
  ['private, max-age=600', 0],
  ['public', undefined],
  ['', undefined],
])('a copy with %j may be served for %s seconds', (control, seconds) => {
  expect(freshSeconds({ 'cache-control': control })).toBe(seconds);
});
