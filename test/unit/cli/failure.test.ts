import { describe, expect, test } from 'vitest';
import { renderFailure, renderFailureJson, toFailure } from '../../../src/cli/failure.ts';
import { redact } from '../../../src/cli/redact.ts';
import { type Code, catalog } from '../../../src/errors/catalog.ts';
import { ApplyError, InterruptedError, ProviderError, UsageError, WaybillError } from '../../../src/errors/errors.ts';

const plain = (_format: string, text: string): string => text;

describe('exit codes', () => {
  test.each(Object.entries(catalog))('%s', (code, { exitCode, help }) => {
    expect(toFailure(new WaybillError(code as Code, 'm'), false)).toMatchObject({ code, exitCode, hint: help });
  });
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s', (signal, exitCode) => {
    expect(toFailure(new InterruptedError(signal), false)).toMatchObject({ code: 'INTERRUPTED', exitCode });
  });
  test.each([new TypeError('x is not a function'), 'a text', undefined])('%s is a bug: 1', (thrown) => {
    expect(toFailure(thrown, false)).toMatchObject({ code: 'INTERNAL', exitCode: 1 });
  });
});

describe('what is told', () => {
  const cause = new Error('socket hang up');
  const error = new UsageError('USAGE', 'It does not fit.', { hint: 'Try another.', cause });

  test('message, then hint, without stacks', () => {
    const text = renderFailure(toFailure(error, false), plain);
    expect(text).toBe('error [USAGE] It does not fit.\nhint: Try another.\n');
  });
  test('--debug adds stacks and causes', () => {
    const text = renderFailure(toFailure(error, true), plain);
    expect(text).toMatch(/UsageError: It does not fit\.\n {4}at /);
    expect(text).toMatch(/caused by Error: socket hang up\n {4}at /);
  });
  test('a bug always comes with its stack and the way to report it', () => {
    const text = renderFailure(toFailure(new TypeError('x'), false), plain);
    expect(text).toContain(`hint: ${catalog.INTERNAL.help}`);
    expect(text).toMatch(/TypeError: x\n {4}at /);
  });
  test('a cause that names itself ends', () => {
    const loop = new WaybillError('USAGE', 'm');
    Object.assign(loop, { cause: loop });
    expect(toFailure(loop, true).details.length).toBeLessThan(10);
  });
  test('a message of many lines is cut with a count', () => {
    const message = Array.from({ length: 101 }, (_, i) => `line ${i}`).join('\n');
    const text = renderFailure(toFailure(new UsageError('USAGE', message), false), plain);
    expect(text).toContain('line 40\n… and 60 more lines\n');
    expect(text).not.toContain('line 41');
  });
  test('JSON is one line, with the cause of a run that failed part-way', () => {
    const throttled = new ProviderError('throttled', 'slow\ndown');
    const failed = new ApplyError('APPLY_FAILED', 'two\nlines', { receipt: {}, cause: throttled, hint: 'Run again.' });
    const text = renderFailureJson(toFailure(failed, false));
    expect(text.trimEnd()).not.toContain('\n');
    expect(JSON.parse(text)).toEqual({
      kind: 'error',
      code: 'APPLY_FAILED',
      message: 'two\nlines',
      hint: 'Run again.',
      exitCode: 3,
      cause: 'PROVIDER_THROTTLED',
    });
  });
});

describe('trap 13: secrets never reach a message', () => {
  const env = {
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG',
    AZURE_STORAGE_KEY: 'c3RvcmFnZWtleQ==',
    CF_API_TOKEN: 'tok-12345678',
    HOME: '/home/me',
    PASSWORD: 'on',
  };
  test.each([
    ['signed with wJalrXUtnFEMI/K7MDENG', 'signed with ***'],
    ['Authorization: Bearer tok-12345678', 'Authorization: Bearer ***'],
    ['GET https://user:pass@cdn.example/a', 'GET https://***@cdn.example/a'],
    ['GET https://a.example/b?sv=1&sig=abc%2B&se=2: failed', 'GET https://a.example/b?sv=1&sig=***&se=2: failed'],
    ['signed with c3RvcmFnZWtleQ==', 'signed with ***'],
    ['no file in /home/me; turned on', 'no file in /home/me; turned on'],
  ])('%s', (text, expected) => {
    expect(redact(text, env)).toBe(expected);
  });
});
