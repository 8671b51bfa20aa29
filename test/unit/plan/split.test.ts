import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ManifestFile } from '../../../src/model.ts';
import type { Change } from '../../../src/plan/diff.ts';
import { measureProgress, renderNumbers, requestBytes, splitBodies } from '../../../src/plan/split.ts';
import { orderStage } from '../../../src/plan/stage.ts';
import { file, world } from './worlds.ts';

const bodies = fc.array(
  fc.record({ body: fc.integer({ min: 0, max: 30 }), size: fc.integer({ min: 0, max: 5_000_000 }) }),
  { maxLength: 60 },
);
const counts = fc.integer({ min: 1, max: 9 });

/** Equal bodies have equal sizes. */
function toFiles(rows: readonly { body: number; size: number }[]): ManifestFile[] {
  const sizes = new Map<number, number>();
  return rows.map(({ body, size }, index) => {
    if (!sizes.has(body)) sizes.set(body, size);
    const cls = body % 2 === 0 ? 'immutable' : 'mutable';
    return { ...file(`f${index}`, `sha${body}`, cls), size: sizes.get(body) as number };
  });
}

test('parts are disjoint and together everything; equal bytes stay together, whatever the order of the files', () => {
  fc.assert(
    fc.property(bodies, counts, (rows, count) => {
      const files = toFiles(rows);
      const parts = splitBodies(files, count);
      expect(new Set(parts.keys())).toEqual(new Set(files.map(({ sha256 }) => sha256)));
      for (const index of parts.values()) expect(index).toBeGreaterThanOrEqual(1);
      for (const index of parts.values()) expect(index).toBeLessThanOrEqual(count);
      expect(new Map(splitBodies([...files].reverse(), count))).toEqual(parts);
    }),
  );
});

test('no two parts differ by more than the heaviest body', () => {
  fc.assert(
    fc.property(bodies, counts, (rows, count) => {
      const files = toFiles(rows);
      const weights = new Map<string, number>();
      for (const { sha256, size } of files) weights.set(sha256, (weights.get(sha256) ?? size) + requestBytes);
      const loads = new Array<number>(count).fill(0);
      for (const [sha256, index] of splitBodies(files, count)) loads[index - 1]! += weights.get(sha256) as number;
      expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(Math.max(0, ...weights.values()));
    }),
  );
});

test('the steps of all shards are the steps of the whole stage, each once', () => {
  fc.assert(
    fc.property(bodies, counts, (rows, count) => {
      const files = toFiles(rows);
      const changes = files.map((one): Change => {
        return { file: one, action: 'put', reason: 'new', seen: undefined, phase: one.class };
      });
      const place = (sha256: string): string => `objects/${sha256}`;
      const steps = (shard?: { index: number; count: number }) =>
        orderStage(world({ wanted: files }), changes, place, shard).phases.flatMap((phase) => phase.steps);
      const all = Array.from({ length: count }, (_, index) => steps({ index: index + 1, count })).flat();
      const text = (list: readonly unknown[]) => list.map((step) => JSON.stringify(step)).sort();
      expect(text(all)).toEqual(text(steps()));
    }),
  );
});

test('progress names what is missing, the way of splitting that is nearest to its end first', () => {
  const parts = [
    { index: 1, count: 4 },
    { index: 1, count: 2 },
    { index: 2, count: 2 },
  ];
  expect(measureProgress(parts)).toEqual([
    { count: 2, recorded: [1, 2], missing: [] },
    { count: 4, recorded: [1], missing: [2, 3, 4] },
  ]);
  expect(renderNumbers([1, 2, 5, 6, 7, 9])).toBe('1, 2, 5 to 7, 9');
});
