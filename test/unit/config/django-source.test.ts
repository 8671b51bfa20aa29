import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { failure, loadJson, minimal } from './stand-ins.ts';

const django = (more: object, top: object = {}) =>
  loadJson({ ...minimal(), sources: [{ kind: 'django', ...more }], ...top });

describe('a Django source', () => {
  test('with manage.py: defaults', async () => {
    const config = await django({ manage: 'site/manage.py' });
    expect(config.sources).toEqual([
      {
        kind: 'django',
        path: join(config.directory, 'site'),
        label: 'site/manage.py',
        prefix: '',
        fingerprint: 'django',
        ignore: [],
        rules: { lenient: false, keepOriginals: true },
        defaultIgnore: true,
        project: { manage: join(config.directory, 'site/manage.py') },
        dirs: [],
        apps: [],
      },
    ]);
  });

  test('every option, with and without manage.py', async () => {
    const options = {
      djangoVersion: '4.2.28',
      staticUrl: '/assets/',
      dirs: ['a', { path: 'b', prefix: '/vendor/' }],
      apps: ['app1'],
      ignore: ['*.psd'],
      defaultIgnore: false,
      jsModules: true,
      lenient: true,
      keepOriginals: false,
      prefix: 'p',
    };
    const expected = {
      rules: { version: '4.2', staticUrl: '/assets/', jsModules: true, lenient: true, keepOriginals: false },
      ignore: ['*.psd'],
      defaultIgnore: false,
      prefix: 'p/',
    };
    const config = await django(options);
    const path = (name: string) => join(config.directory, name);
    expect(config.sources[0]).toMatchObject({
      ...expected,
      dirs: [
        { path: path('a'), prefix: '', label: 'a' },
        { path: path('b'), prefix: 'vendor/', label: 'b' },
      ],
      apps: [{ path: path('app1'), label: 'app1' }],
    });
    expect(config.sources[0]).not.toHaveProperty('project');
    const more = await django({ ...options, manage: 'manage.py', python: 'env/bin/python', settings: 'shop.prod' });
    expect(more.sources[0]).toMatchObject({
      ...expected,
      project: { settings: 'shop.prod', python: join(more.directory, 'env/bin/python') },
    });
    expect((await django({ manage: 'm.py', python: 'python3.12' })).sources[0]).toMatchObject({
      project: { python: 'python3.12' },
    });
  });

  test.each<[string, object, object, string, boolean]>([
    ['a Django source’s own default', {}, { fingerprint: 'none' }, 'django', true],
    ['a Django source’s own', { fingerprint: 'auto' }, { fingerprint: 'django' }, 'auto', false],
  ])('fingerprint: %s wins', async (_, more, top, fingerprint, hasRules) => {
    const [source] = (await django({ manage: 'manage.py', ...more }, top)).sources;
    expect([source?.fingerprint, source?.rules !== undefined]).toEqual([fingerprint, hasRules]);
  });

  test('a directory takes the fingerprint django from the top level, or for itself with its options', async () => {
    const sources = [
      { kind: 'directory', path: 'a' },
      { kind: 'directory', path: 'b', fingerprint: 'django', djangoVersion: '3.2', keepOriginals: false },
    ];
    const config = await loadJson({ ...minimal(), sources, fingerprint: 'django' });
    expect(config.sources).toMatchObject([
      { kind: 'directory', fingerprint: 'django', rules: { lenient: false, keepOriginals: true } },
      { kind: 'directory', fingerprint: 'django', rules: { version: '3.2', keepOriginals: false } },
    ]);
  });

  test.each<[string, object, string]>([
    ['nothing to collect from', {}, 'sources[0].manage (line 3): expected the path of manage.py, or folders in `dirs`'],
    ['python without manage', { dirs: ['a'], python: 'p' }, 'sources[0].python (line 8): is used with `manage` only'],
    ['settings without manage', { apps: ['a'], settings: 's' }, 'sources[0].settings'],
    [
      'a version that is unknown',
      { dirs: ['a'], djangoVersion: '2.2' },
      'expected a version of Django from 3.2 to 6.1',
    ],
    ['a version as a number', { dirs: ['a'], djangoVersion: 5.2 }, 'djangoVersion (line 8): expected a string'],
    ['a staticUrl without a slash', { dirs: ['a'], staticUrl: '/s' }, 'must end in `/`'],
    [
      'options of a fingerprint that it has not',
      { dirs: ['a'], fingerprint: 'none', lenient: true },
      'sources[0].lenient',
    ],
    ['an unknown key', { manage: 'm', setings: 'a' }, 'did you mean `settings`?'],
    ['a prefix that leaves', { dirs: [{ path: 'a', prefix: '../b' }] }, 'sources[0].dirs[0].prefix'],
  ])('refuses %s', async (_, source, message) => {
    const error = await failure(django(source));
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', exitCode: 2 });
    expect(error.message).toContain(message);
  });
});

describe('externals', () => {
  const external = (path: string, value: unknown) => loadJson({ ...minimal(), externals: { [path]: value } });
  test('a URL, and one with digests', async () => {
    expect((await external('v/a.css', 'https://cdn.example/a.css')).externals).toEqual(
      new Map([['v/a.css', { url: 'https://cdn.example/a.css' }]]),
    );
    const integrity = 'sha384-AAAA sha256-BBBB=';
    const one = { url: 'https://cdn.example/a.css?v=1', integrity };
    expect((await external('v/a.css', one)).externals.get('v/a.css')).toEqual(one);
  });
  test.each<[string, string, unknown, string]>([
    ['a relative URL', 'a', '/a.css', 'expected an absolute URL'],
    ['a password', 'a', 'https://u:p@cdn.example/a', 'must not hold a user name'],
    ['a digest of another kind', 'a', { url: 'https://cdn.example/a', integrity: 'md5-AAAA' }, 'expected digests'],
    ['a path with a leading slash', '/a', 'https://cdn.example/a', 'expected a logical path'],
  ])('refuses %s', async (_, path, value, message) => {
    const error = await failure(external(path, value));
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('u:p');
  });
});
