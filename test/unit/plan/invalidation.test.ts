import { describe, expect, test } from 'vitest';
import type { Manifest, ManifestFile } from '../../../src/model.ts';
import type { World } from '../../../src/plan/diff.ts';
import { type EdgeView, invalidateSteps, itemsFor, staleKeys } from '../../../src/plan/invalidation.ts';

const edge: EdgeView = {
  name: 'edge',
  traits: {
    scopes: ['paths', 'prefixes'],
    encoding: 'uri',
    maxPaths: 3000,
    price: { perItemUsd: 0.005, freePerMonth: 1000 },
  },
};

const headers = { 'cache-control': 'x' };
function file(key: string, sha256: string, cls: ManifestFile['class'] = 'mutable'): ManifestFile {
  return { key, path: key, sha256, size: 1, class: cls, headers };
}
function manifest(version: number, files: readonly ManifestFile[]): Manifest {
  return { format: 1, project: 'p', environment: 'e', version, source: {}, cdnUrl: 'u', createdAt: 't', files };
}
function world(changes: Partial<World>): World {
  return {
    wanted: [],
    local: true,
    seen: new Map(),
    missing: new Map(),
    kept: new Map(),
    live: undefined,
    applying: undefined,
    ...changes,
  };
}

describe('stale keys', () => {
  test('after a crash behind the write, manifests still tell what edges hold', () => {
    // Everything is written already, so there are no changes left; the invalidation was never made.
    const keys = staleKeys(
      world({
        wanted: [file('a.css', '2'), file('index.html', '2', 'entry'), file('same.css', '1')],
        live: manifest(1, [file('a.css', '1'), file('index.html', '1', 'entry'), file('same.css', '1')]),
      }),
      [],
    );
    expect([...(keys.get('mutable') ?? [])]).toEqual(['a.css']);
    expect([...(keys.get('entry') ?? [])]).toEqual(['index.html']);
  });

  test('going back after a half-applied version names what that version may have shown', () => {
    const live = manifest(1, [file('a.css', '1'), file('b.css', '1')]);
    const keys = staleKeys(
      world({
        wanted: live.files,
        live,
        applying: manifest(2, [file('a.css', '2'), file('b.css', '1'), file('new.css', '2')]),
      }),
      [],
    );
    expect([...(keys.get('mutable') ?? [])]).toEqual(['a.css', 'new.css']);
  });

  test('a new hashed name is never stale', () => {
    const keys = staleKeys(world({ wanted: [file('x.js', '1', 'immutable')], live: manifest(1, []) }), []);
    expect([...keys.values()].every((set) => set.size === 0)).toBe(true);
  });
});

describe('items', () => {
  const keys = (n: number) => new Set(Array.from({ length: n }, (_, i) => `f${i}.css`));

  test('trap 6: more paths than are worth it become one prefix, never more items', () => {
    expect(itemsFor(edge, 'https://x/static/', keys(3000), false)).toHaveLength(3000);
    expect(itemsFor(edge, 'https://x/static/', keys(3001), false)).toEqual(['/static/*']);
  });

  test('a prefix does not cover the folder of the base URL without its slash, which is told beside it', () => {
    const many = new Set(['index.html', ...keys(3000)]);
    expect(itemsFor(edge, 'https://x/static/', many, false)).toEqual(['/static', '/static/*']);
  });

  test('an edge that knows no prefixes is told every path', () => {
    const exact = { ...edge, traits: { ...edge.traits, scopes: ['paths' as const] } };
    expect(itemsFor(exact, 'https://x/static/', keys(3001), false)).toHaveLength(3001);
  });

  test('a first deploy of many files is one prefix', () => {
    expect(itemsFor(edge, 'https://x/static/', keys(100), true)).toHaveLength(100);
    expect(itemsFor(edge, 'https://x/static/', keys(101), true)).toEqual(['/static/*']);
  });

  test('several edges are told one after the other, each with items of its own (trap 7)', () => {
    const steps = invalidateSteps([edge, { ...edge, name: 'outer' }], 'https://x/', keys(2), false);
    expect(steps.map((step) => step.edge)).toEqual(['edge', 'outer']);
    expect(steps[0]?.wave).toBeLessThan(steps[1]?.wave ?? 0);
    expect(steps[0]?.items).not.toBe(steps[1]?.items);
  });
});
