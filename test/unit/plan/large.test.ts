import { expect, test } from 'vitest';
import { objectKey } from '../../../src/manifest/keys.ts';
import { makePlaces } from '../../../src/plan/cover/places.ts';
import type { CoverNode } from '../../../src/plan/cover/problem.ts';
import type { Change } from '../../../src/plan/diff.ts';
import { order } from '../../../src/plan/order.ts';
import { file, world } from './worlds.ts';

/** More than a call takes arguments. */
const many = 200_000;

test('a plan may keep more bodies than a call takes arguments', () => {
  const changes = Array.from({ length: many }, (_, index): Change => {
    const wanted = file(`page-${index}.html`, `new-${index}`);
    const seen = { etag: 'e', sha256: `old-${index}`, size: 1, headers: wanted.headers, ours: true, altered: false };
    return { file: wanted, action: 'put', reason: 'content', seen, phase: 'mutable' };
  });
  const { phases } = order(world({ wanted: changes.map((change) => change.file) }), changes, objectKey);
  expect(phases.map(({ name, steps }) => [name, steps.length])).toEqual([
    ['immutable', many],
    ['mutable', many],
  ]);
});

test('a folder may hold more files to invalidate than a call takes arguments', () => {
  const leaf: CoverNode = { parent: many, unit: 'exact', wideBytes: undefined };
  const folder: CoverNode = { parent: many + 1, unit: undefined, wideBytes: undefined };
  const root: CoverNode = { parent: -1, unit: undefined, wideBytes: 1 };
  const nodes = [...Array.from({ length: many }, () => leaf), folder, root];
  const places = makePlaces({ nodes, exactScope: 'paths', wideScope: 'prefixes' });
  expect(places.map(({ units }) => units.length)).toEqual([many]);
});
