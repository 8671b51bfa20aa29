import { describe, expect, test } from 'vitest';
import { chooseRenderer } from '../../../src/cli/renderer.ts';
import { choosePort, renderServeUrl } from '../../../src/cli/serve-address.ts';
import { resolveSettings } from '../../../src/cli/settings.ts';
import { hasColor } from '../../../src/cli/style.ts';

describe('chooseRenderer', () => {
  const terminal = { json: false, quiet: false, debug: false, isTTY: true, env: {} };
  test.each([
    ['a terminal', {}, 'live'],
    ['--json', { json: true }, 'silent'],
    ['--quiet', { quiet: true }, 'silent'],
    ['--quiet without a terminal', { quiet: true, isTTY: false }, 'silent'],
    ['no terminal', { isTTY: false }, 'plain'],
    ['CI with a pseudo-terminal', { env: { CI: 'true' } }, 'plain'],
    ['CI=1', { env: { CI: '1' } }, 'plain'],
    ['CI=false', { env: { CI: 'false' } }, 'live'],
    ['an empty CI', { env: { CI: '' } }, 'live'],
    ['a dumb terminal', { env: { TERM: 'dumb' } }, 'plain'],
    ['--debug at a terminal', { debug: true }, 'plain'],
    ['--debug with --json', { debug: true, json: true }, 'plain'],
  ])('%s', (_name, facts, expected) => {
    expect(chooseRenderer({ ...terminal, ...facts })).toBe(expected);
  });
});

describe('hasColor', () => {
  test.each([
    ['a terminal', {}, true, true],
    ['a pipe', {}, false, false],
    ['NO_COLOR', { NO_COLOR: '1' }, true, false],
    ['an empty NO_COLOR', { NO_COLOR: '' }, true, true],
    ['FORCE_COLOR into a pipe', { FORCE_COLOR: '1' }, false, true],
    ['FORCE_COLOR=0', { FORCE_COLOR: '0' }, true, false],
    ['NO_COLOR wins over FORCE_COLOR', { NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
    ['a dumb terminal', { TERM: 'dumb' }, true, false],
  ])('%s', (_name, env, isTTY, expected) => {
    expect(hasColor(env, isTTY)).toBe(expected);
  });
});

describe('resolveSettings', () => {
  const resolve = (flags: object, env: Record<string, string> = {}) => resolveSettings({ flags, env, cwd: '/project' });

  test('defaults', () => {
    expect(resolve({})).toEqual({
      env: undefined,
      config: undefined,
      cwd: '/project',
      json: false,
      yes: false,
      quiet: false,
      debug: false,
      lockTimeoutMs: 60_000,
      retryBudgetMs: 60_000,
      concurrency: undefined,
    });
  });
  test.each([
    ['WAYBILL_CONFIG', 'a.json', 'config', '/project/a.json', { config: 'b.json' }, '/project/b.json'],
    ['WAYBILL_CWD', 'app', 'cwd', '/project/app', { cwd: 'web' }, '/project/web'],
    ['WAYBILL_JSON', '1', 'json', true, { json: true }, true],
    ['WAYBILL_QUIET', 'true', 'quiet', true, { quiet: true }, true],
    ['WAYBILL_DEBUG', '1', 'debug', true, { debug: true }, true],
    ['WAYBILL_LOCK_TIMEOUT', '5s', 'lockTimeoutMs', 5000, { lockTimeout: '0' }, 0],
    ['WAYBILL_RETRY_BUDGET', '2m', 'retryBudgetMs', 120_000, { retryBudget: '1s' }, 1000],
    ['WAYBILL_CONCURRENCY', '4', 'concurrency', 4, { concurrency: '8' }, 8],
  ])('%s, and the flag that wins over it', (name, text, field, fromVariable, flags, fromFlag) => {
    expect(resolve({}, { [name]: text })).toMatchObject({ [field]: fromVariable });
    expect(resolve(flags, { [name]: text })).toMatchObject({ [field]: fromFlag });
    expect(resolve({}, { [name]: '' })).toEqual(resolve({}));
  });
  test('--config is relative to --cwd', () => {
    expect(resolve({ config: 'w.json', cwd: 'app' }).config).toBe('/project/app/w.json');
  });
  test('--yes has no variable', () => {
    expect(resolve({}, { WAYBILL_YES: '1' }).yes).toBe(false);
  });
});

describe('serve', () => {
  test.each([
    ['http://127.0.0.1:5000/static/', 5000],
    ['http://localhost:8080/', 8080],
    ['http://[::1]:9000/', 9000],
    ['http://localhost/', 4100],
    ['https://cdn.example:8443/', 4100],
  ])('the port for %s', (url, port) => {
    expect(choosePort(url)).toBe(port);
  });
  test('the address has the path of the public URL', () => {
    expect(renderServeUrl('https://cdn.example/a/b/', '::1', 4100)).toBe('http://[::1]:4100/a/b/');
  });
});
