import { describe, expect, test } from 'vitest';
import { emptyLive, type Live } from '../../../src/manifest/live.ts';
import { makeRetention, type RetentionPolicy } from '../../../src/plan/retention.ts';

const day = 86_400_000;
const now = Date.parse('2026-06-01T00:00:00Z');
const at = (daysAgo: number): string => new Date(now - daysAgo * day).toISOString();
const policy: RetentionPolicy = {
  versions: 2,
  olderThanMs: 30 * day,
  stagedMs: 7 * day,
  now,
  isHistoryCut: false,
  staging: new Map(),
};

/** A history as `version@days ago`. */
function history(...entries: readonly string[]): Live['history'] {
  return entries.map((entry) => {
    const [version, daysAgo] = entry.split('@').map(Number);
    return { version: version as number, at: at(daysAgo as number), commit: null, message: null };
  });
}

function going(
  live: Partial<Live>,
  changes: Partial<RetentionPolicy> = {},
  created: Record<number, number> = {},
): string[] {
  const numbers = [1, 2, 3, 4, 5, 6];
  const document = { ...emptyLive('shop', 'run'), ...live };
  const retention = makeRetention(document, numbers, { ...policy, ...changes });
  return numbers.flatMap((number) => {
    const departure = retention(number, at(created[number] ?? 0));
    return departure ? [`${number} ${departure.reason}`] : [];
  });
}

describe('which versions go', () => {
  const steady = { version: 6, previous: 5, history: history('1@200', '2@150', '3@100', '4@50', '5@20', '6@10') };

  test('those beyond keep that stopped being live long enough ago', () => {
    // Version 4 was live until 20 days ago.
    expect(going(steady)).toEqual(['1 expired', '2 expired', '3 expired']);
    expect(going(steady, { olderThanMs: 0 })).toEqual(['1 expired', '2 expired', '3 expired', '4 expired']);
    expect(going(steady, { versions: 4 })).toEqual(['1 expired', '2 expired']);
    expect(going(steady, { versions: 1, olderThanMs: 60 * day })).toEqual(['1 expired', '2 expired']);
  });

  test('at exactly the age it goes, a moment before it stays', () => {
    expect(going(steady, { olderThanMs: 50 * day })).toContain('3 expired');
    expect(going(steady, { olderThanMs: 50 * day + 1 })).not.toContain('3 expired');
  });

  test('keep goes by when a version was live last, not by its number', () => {
    const back = {
      version: 1,
      previous: 6,
      history: history('1@200', '2@150', '3@100', '4@90', '5@80', '6@70', '2@60', '1@50'),
    };
    expect(going(back, { versions: 2 })).toEqual(['3 expired', '4 expired', '5 expired']);
  });

  test('never the live one, the one before, or one that is being applied', () => {
    const half = { ...steady, applying: { version: 1, run: 'r' } };
    expect(going(half, { versions: 1, olderThanMs: 0 })).toEqual(['2 expired', '3 expired', '4 expired']);
  });

  test('staged ones by their own days, a day at least unless all may go sooner', () => {
    const staged = {
      version: 4,
      previous: 3,
      history: history('3@100', '4@90'),
      staged: [
        { version: 5, at: at(8), base: 4 },
        { version: 6, at: at(0.5), base: 4 },
      ],
    };
    expect(going(staged)).toEqual(['5 staged']);
    expect(going(staged, { stagedMs: 0 })).toEqual(['5 staged']);
    expect(going(staged, { stagedMs: 0, olderThanMs: 0.25 * day })).toEqual(['5 staged', '6 staged']);
    expect(going(staged, { stagedMs: 9 * day })).toEqual([]);
  });

  test('abandoned ones by when they were made', () => {
    const some = { version: 4, previous: 3, history: history('3@100', '4@90') };
    expect(going(some, {}, { 1: 31, 2: 29 })).toEqual(['1 abandoned']);
  });

  test('what an earlier prune has begun with goes, whatever is kept now', () => {
    const begun = { ...steady, pruned: { run: 'r', at: at(1), versions: [3] } };
    expect(going(begun, { versions: 10 })).toEqual(['3 unfinished']);
  });

  test('what cannot be restored takes no place among the kept ones', () => {
    const lossy = { ...steady, unrestorable: [{ version: 4, paths: ['a'] }] };
    expect(going(lossy, { versions: 3, olderThanMs: 15 * day })).toEqual(['1 expired', '2 expired', '4 expired']);
  });

  test('where the history has lost its beginning, low numbers were live before it', () => {
    const cut = { version: 6, previous: 5, history: history('5@100', '6@90') };
    expect(going(cut, { isHistoryCut: true, versions: 3 }, { 1: 1, 4: 1 })).toEqual([
      '1 expired',
      '2 expired',
      '3 expired',
    ]);
    expect(going(cut, { isHistoryCut: true, versions: 3, olderThanMs: 101 * day })).toEqual([]);
  });

  test('a time that cannot be read counts as young', () => {
    const [first, second] = history('5@100', '6@90');
    const odd = { version: 6, previous: null, history: [first, { ...second, at: 'yesterday' }] as Live['history'] };
    expect(going(odd, { versions: 1, olderThanMs: 0 }, { 1: 0 })).not.toContain('5 expired');
  });
});
