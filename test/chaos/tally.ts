import { expect, TestRunner } from 'vitest';

/** A line of the table that `reporter.ts` prints at the end. */
export interface Tally {
  readonly what: string;
  readonly count: number;
  readonly losses: number;
}

declare module 'vitest' {
  interface TaskMeta {
    tallies?: Tally[];
  }
}

/** Notes how often something was tried, and fails the test when something was lost. */
export function tally(what: string, count: number, problems: readonly string[]): void {
  const { meta } = TestRunner.getCurrentTest() ?? {};
  if (meta) meta.tallies = [...(meta.tallies ?? []), { what, count, losses: problems.length }];
  expect(count, `${what}: nothing was tried`).toBeGreaterThan(0);
  // The first ones tell; a hundred would not be read.
  expect(problems.slice(0, 5), `${what}: ${problems.length} of ${count}`).toEqual([]);
}
