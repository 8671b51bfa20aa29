import { describe, expect, test } from 'vitest';
import { findNearest } from '../../../src/config/nearest.ts';
import { parseDuration, parsePositiveInteger, parseSwitch, pickSetting } from '../../../src/config/settings.ts';
import { failure } from './stand-ins.ts';

const label = '--lock-timeout';

describe('parseDuration', () => {
  test.each([
    ['0', 0],
    ['0s', 0],
    ['250ms', 250],
    ['60s', 60_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['30d', 2_592_000_000],
  ])('%s is %i ms', (text, expected) => {
    expect(parseDuration({ text, label })).toBe(expected);
  });

  test.each(['', '60', '1.5s', '-1s', '60 s', '1w', 's', '1m30s', '00', '99999999999999999d', '60S'])(
    '%j is refused',
    async (text) => {
      const error = await failure(() => parseDuration({ text, label }));
      expect(error).toMatchObject({ code: 'USAGE', exitCode: 2 });
      expect(error.message).toBe(`--lock-timeout: expected a duration, found ${JSON.stringify(text)}.`);
      expect(error.hint).toContain('60s');
    },
  );
});

describe('parsePositiveInteger', () => {
  test.each([
    ['1', 1],
    ['42', 42],
  ])('%s', (text, expected) => expect(parsePositiveInteger({ text, label })).toBe(expected));

  test.each(['', '0', '-1', '1.5', '1e3', '0x10', ' 1', '99999999999999999999'])('%j is refused', async (text) => {
    const error = await failure(() => parsePositiveInteger({ text, label: 'WAYBILL_CONCURRENCY' }));
    expect(error.message).toBe(`WAYBILL_CONCURRENCY: expected a whole number from 1, found ${JSON.stringify(text)}.`);
  });
});

test('parseSwitch', async () => {
  expect(['1', 'true', '0', 'false'].map((text) => parseSwitch({ text, label }))).toEqual([true, true, false, false]);
  expect((await failure(() => parseSwitch({ text: 'maybe', label }))).message).toContain(
    'expected 1 or 0, found "maybe"',
  );
});

test('pickSetting: the flag wins over its variable, and an empty variable is none', () => {
  const env = { WAYBILL_LOCK_TIMEOUT: '5s', WAYBILL_CONCURRENCY: '' };
  expect(pickSetting(label, '1s', env)).toEqual({ text: '1s', label });
  expect(pickSetting(label, undefined, env)).toEqual({ text: '5s', label: 'WAYBILL_LOCK_TIMEOUT' });
  expect(pickSetting('--concurrency', undefined, env)).toBeUndefined();
});

test.each([
  ['orign', 'origin'],
  ['Bucket', 'bucket'],
  ['prdo', 'prod'],
  ['dve', undefined],
  ['de', 'dev'],
  ['x', undefined],
  ['something', undefined],
])('the nearest to %s is %s', (word, expected) => {
  expect(findNearest(word, ['origin', 'bucket', 'prod', 'dev', 'y'])).toBe(expected);
});
