import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveEnvironment } from '../../../src/config/environment.ts';
import { failure, loadFrom, loadJson, minimal } from './stand-ins.ts';

describe('resolveConfig', () => {
  test('fills every default in', async () => {
    const config = await loadJson(minimal());
    expect(config).toMatchObject({ project: 'default', ignore: [], collisions: 'error', classes: [], headers: [] });
    expect(config.sources).toEqual([
      {
        kind: 'directory',
        path: join(config.directory, 'dist'),
        label: 'dist',
        prefix: '',
        fingerprint: 'auto',
        ignore: [],
      },
    ]);
    expect(config.environments.get('dev')).toMatchObject({
      name: 'dev',
      url: 'http://127.0.0.1:4100/',
      outputs: [],
      limits: { floor: 20, required: [] },
      invalidation: { budget: {}, refillUsdPerGB: 0.09, runsPerMonth: 30 },
      keep: { versions: 10, days: 30, staged: 7 },
      protected: false,
    });
    expect(config.environments.get('dev')?.limits).not.toHaveProperty('changedShare');
  });

  test('keeps what is written', async () => {
    const config = await loadJson({
      project: 'shop',
      sources: [
        { kind: 'directory', path: 'a', fingerprint: 'auto', ignore: ['x'] },
        { kind: 'directory', path: 'b' },
      ],
      fingerprint: 'none',
      ignore: ['**/*.psd'],
      collisions: 'last',
      classes: [{ match: 'feed', class: 'entry' }],
      headers: [{ match: ['a', 'b'], set: { 'Cache-Control': 'no-store', ETag: null } }],
      environments: {
        dev: {
          ...minimal().environments.dev,
          outputs: [
            { kind: 'dotenv', path: 'out/.env' },
            { kind: 'github', variable: 'STATIC_URL' },
            { kind: 'django-manifest', path: 'staticfiles.json' },
          ],
          limits: {
            changedShare: 0.5,
            removedShare: 0.1,
            floor: 0,
            fileSize: '25 MiB',
            totalSize: 5e9,
            required: ['index.html'],
          },
          invalidation: { budget: { items: 8 }, runsPerMonth: 600 },
          keep: { versions: 3 },
          protected: true,
        },
      },
    });
    expect(config).toMatchObject({ project: 'shop', ignore: ['**/*.psd'], collisions: 'last' });
    expect(config.sources.map(({ fingerprint, ignore }) => [fingerprint, ignore])).toEqual([
      ['auto', ['x']],
      ['none', []],
    ]);
    expect(config.classes).toEqual([{ match: ['feed'], class: 'entry' }]);
    expect(config.headers).toEqual([{ match: ['a', 'b'], set: { 'cache-control': 'no-store', etag: null } }]);
    expect(config.environments.get('dev')).toMatchObject({
      outputs: [
        { kind: 'dotenv', path: join(config.directory, 'out/.env'), variable: 'CDN_URL' },
        { kind: 'github', variable: 'STATIC_URL' },
        { kind: 'django-manifest', path: join(config.directory, 'staticfiles.json'), variable: 'CDN_URL' },
      ],
      limits: {
        changedShare: 0.5,
        removedShare: 0.1,
        floor: 0,
        fileSize: 25 * 1024 * 1024,
        totalSize: 5e9,
        required: ['index.html'],
      },
      invalidation: { budget: { items: 8 }, refillUsdPerGB: 0.09, runsPerMonth: 600 },
      keep: { versions: 3, days: 30, staged: 7 },
      protected: true,
    });
  });

  test.each([
    ['app', 'app/'],
    ['/app/', 'app/'],
    ['a/b', 'a/b/'],
    ['/', ''],
    ['', ''],
    ['..a/.well-known', '..a/.well-known/'],
  ])('the prefix %j is %j', async (prefix, expected) => {
    const config = await loadJson({ ...minimal(), sources: [{ kind: 'directory', path: 'd', prefix }] });
    expect(config.sources[0]?.prefix).toBe(expected);
  });

  test.each([
    ['https://CDN.Example:443/Static/', 'https://cdn.example/Static/'],
    ['https://cdn.example/ä b/', 'https://cdn.example/%C3%A4%20b/'],
    ['http://[::1]:4100/', 'http://[::1]:4100/'],
  ])('the url %s is %s', async (url, expected) => {
    const config = await loadJson({ ...minimal(), environments: { dev: { ...minimal().environments.dev, url } } });
    expect(config.environments.get('dev')?.url).toBe(expected);
  });

  test('paths start at the file’s folder, not at the working directory', async () => {
    const config = await loadFrom({ 'waybill.config.json': JSON.stringify(minimal()), 'a/b/x': '' }, { cwd: 'a/b' });
    expect(config.sources[0]?.path).toBe(join(config.directory, 'dist'));
    expect(config.environments.get('dev')?.origin.location.store).toBe(join(config.directory, '.cdn'));
  });
});

describe('resolveEnvironment', () => {
  const load = (...names: string[]) => {
    const environments = names.map((name) => [
      name,
      { origin: { use: 'local', directory: name }, url: 'http://a.example/' },
    ]);
    return loadJson({ ...minimal(), environments: Object.fromEntries(environments) });
  };

  test('--env wins over WAYBILL_ENV, which wins over nothing', async () => {
    const config = await load('dev', 'prod');
    const env = { WAYBILL_ENV: 'prod' };
    expect(resolveEnvironment(config, { flag: 'dev', env }).name).toBe('dev');
    expect(resolveEnvironment(config, { env }).name).toBe('prod');
  });

  test('the only environment needs no name; an empty WAYBILL_ENV is none', async () => {
    expect(resolveEnvironment(await load('dev'), { env: { WAYBILL_ENV: '' } }).name).toBe('dev');
  });

  test('no name and several environments: they are listed', async () => {
    const config = await load('dev', 'prod');
    const error = await failure(() => resolveEnvironment(config, { env: {} }));
    expect(error).toMatchObject({ code: 'ENVIRONMENT_UNKNOWN', exitCode: 2 });
    expect(error.message).toContain('dev, prod');
    expect(error.hint).toContain('--env or WAYBILL_ENV');
  });

  test.each([
    [{ flag: 'prdo', env: {} }, 'There is no environment "prdo"; there are: dev, prod.', 'Did you mean --env prod?'],
    [{ flag: '', env: {} }, 'There is no environment ""; there are: dev, prod.', 'Choose one with --env.'],
    [
      { env: { WAYBILL_ENV: 'qa' } },
      'There is no environment "qa" (from WAYBILL_ENV); there are: dev, prod.',
      'Choose one with --env.',
    ],
    [
      { flag: 'toString', env: {} },
      'There is no environment "toString"; there are: dev, prod.',
      'Choose one with --env.',
    ],
  ])('an unknown one: %j', async (request, message, hint) => {
    const config = await load('dev', 'prod');
    const error = await failure(() => resolveEnvironment(config, request));
    expect(error).toMatchObject({ code: 'ENVIRONMENT_UNKNOWN', exitCode: 2, message, hint });
  });
});
