import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findDjango } from '../../../../src/collect/django/find.ts';
import { findPython } from '../../../../src/collect/django/interpreter.ts';
import type { DjangoSource } from '../../../../src/config/types.ts';
import { InterruptedError } from '../../../../src/errors/errors.ts';
import { noDjango, python } from '../../../servers/python.ts';
import { makeTree } from '../../../temp.ts';
import { failure } from '../../config/stand-ins.ts';
import { djangoAt, findOptions } from './sources.ts';

const manage = `import os, sys
from django.core.management import execute_from_command_line
if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    execute_from_command_line(sys.argv)
`;
const settings = `SECRET_KEY = "x"
INSTALLED_APPS = ["django.contrib.staticfiles", "app1"]
STATIC_URL = "static/"
STATICFILES_DIRS = ["dir", ("v", "vendor")]
`;
const site = {
  'manage.py': manage,
  'shop/__init__.py': '',
  'shop/settings.py': settings,
  'app1/__init__.py': '',
  'app1/static/app1/a.css': '',
  'app1/static/.x': '',
  'dir/d.css': '',
  'vendor/d.css': '',
};

interface Changes {
  readonly files?: Readonly<Record<string, string>>;
  readonly project?: Partial<NonNullable<DjangoSource['project']>>;
  readonly source?: Partial<Omit<DjangoSource, 'dirs' | 'apps'>>;
  readonly env?: Readonly<Record<string, string>>;
}

async function find({ files, project, source, env }: Changes) {
  const root = makeTree({ ...site, ...files });
  const asked = djangoAt(root, { ...source, project: { manage: join(root, 'manage.py'), python, ...project } });
  const walked = await findDjango(asked, findOptions(root, { env: { PATH: process.env.PATH, ...env } }));
  return { ...walked, found: Object.fromEntries(walked.files.map((one) => [one.path, one.label])) };
}

const all = { 'd.css': 'dir/d.css', 'v/d.css': 'vendor/d.css', 'app1/a.css': 'app1/static/app1/a.css' };

describe.skipIf(noDjango)('a project’s own finders', () => {
  test('files, version and STATIC_URL; nothing is written', async () => {
    const { found, hashing, warnings, files } = await find({});
    expect(found).toEqual(all);
    expect(hashing).toEqual({ version: expect.stringMatching(/^\d+\.\d+/), staticUrl: '/static/', jsModules: false });
    expect(warnings).toEqual([]);
    expect(files[0]?.file).toMatch(/^\/.*\/dir\/d\.css$/);
  });

  test.each<[string, Changes, object]>([
    [
      'ignore and defaultIgnore',
      { source: { ignore: ['app1'], defaultIgnore: false } },
      { '.x': 'app1/static/.x', 'd.css': 'dir/d.css', 'v/d.css': 'vendor/d.css' },
    ],
    [
      '`settings`',
      { project: { settings: 'other' }, files: { 'other.py': settings.replace('"dir", ', '') } },
      { 'v/d.css': 'vendor/d.css', 'app1/a.css': 'app1/static/app1/a.css' },
    ],
    [
      '`settings`, where manage.py insists on others',
      {
        project: { settings: 'other' },
        files: {
          'other.py': settings,
          'manage.py': manage.replace(
            'setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")',
            'update(DJANGO_SETTINGS_MODULE="gone")',
          ),
        },
      },
      all,
    ],
    ['DJANGO_SETTINGS_MODULE', { env: { DJANGO_SETTINGS_MODULE: 'other' }, files: { 'other.py': settings } }, all],
    [
      'a manage.py that says where modules are, prints, and looks at the command',
      {
        files: {
          'manage.py':
            'import sys\nprint("hello")\nassert sys.argv[1] == "collectstatic"\nsys.path.insert(0, "lib")\n' +
            manage.replace('"shop.settings"', '"in_lib"'),
          'lib/in_lib.py': settings,
        },
      },
      all,
    ],
    [
      'a manage.py that uses ManagementUtility',
      {
        files: {
          'manage.py':
            'import os, sys\nos.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"\nfrom django.core import management\nmanagement.ManagementUtility(sys.argv).execute()\n',
        },
      },
      all,
    ],
    [
      'a manage.py that calls the command itself',
      {
        files: {
          'manage.py':
            'import os, django\nos.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"\ndjango.setup()\nfrom django.core.management import call_command\ncall_command("collectstatic")\n',
        },
      },
      all,
    ],
    [
      'a finder of the project’s own',
      {
        files: {
          'shop/settings.py': `${settings}STATICFILES_FINDERS = ["shop.finder.Finder"]\n`,
          'shop/finder.py':
            'from django.contrib.staticfiles.finders import BaseFinder\nfrom django.core.files.storage import FileSystemStorage\nclass Finder(BaseFinder):\n    def list(self, patterns):\n        yield "d.css", FileSystemStorage("vendor")\n',
        },
      },
      { 'd.css': 'vendor/d.css' },
    ],
  ])('%s', async (_, changes, expected) => {
    expect((await find(changes)).found).toEqual(expected);
  });

  const storage = (body: string) => ({
    'shop/settings.py':
      `${settings}STATICFILES_STORAGE = "shop.storage.Own"\nSTORAGES = {"staticfiles": {"BACKEND": STATICFILES_STORAGE}}\n`.replace(
        /^STATICFILES_STORAGE.*\nSTORAGES.*$/m,
        `import django\nif django.VERSION >= (4, 2):\n    STORAGES = {"staticfiles": {"BACKEND": "shop.storage.Own"}}\nelse:\n    STATICFILES_STORAGE = "shop.storage.Own"`,
      ),
    'shop/storage.py': `from django.contrib.staticfiles.storage import ManifestStaticFilesStorage\nclass Own(ManifestStaticFilesStorage):\n${body}`,
  });

  test('the storage says whether modules are rewritten; it is not made', async () => {
    const files = storage(
      '    support_js_module_import_aggregation = True\n    def __init__(self): raise Exception("made")\n',
    );
    expect((await find({ files })).hashing?.jsModules).toBe(true);
    const rules = { lenient: false, keepOriginals: true, jsModules: false, staticUrl: '/s/', version: '4.2' };
    expect((await find({ files, source: { rules } })).hashing).toEqual({
      version: '4.2',
      staticUrl: '/s/',
      jsModules: false,
    });
  });

  test('a storage with names of its own is refused, and lenient takes it with a warning', async () => {
    const files = storage('    patterns = ()\n    def file_hash(self, name, content=None): return "x"\n');
    const error = await failure(find({ files }));
    expect(error).toMatchObject({ code: 'DJANGO_UNSUPPORTED', exitCode: 2 });
    expect(error.message).toContain('shop.storage.Own has its own file_hash, patterns');
    const { warnings } = await find({ files, source: { rules: { lenient: true, keepOriginals: true } } });
    expect(warnings).toEqual([expect.stringContaining('shop.storage.Own has its own file_hash, patterns')]);
    await find({ files, source: { fingerprint: 'auto', rules: undefined as never } });
  });

  test('FORCE_SCRIPT_NAME stands before a relative STATIC_URL', async () => {
    const files = { 'shop/settings.py': `${settings}FORCE_SCRIPT_NAME = "/app"\n` };
    expect((await find({ files })).hashing?.staticUrl).toBe('/app/static/');
  });

  test.each<[string, Changes, string, string]>([
    [
      'settings that fail',
      { files: { 'shop/settings.py': 'raise ValueError("no database")' } },
      'DJANGO_FAILED',
      '\n  ValueError: no database',
    ],
    ['settings that are not there', { project: { settings: 'gone' } }, 'DJANGO_FAILED', "No module named 'gone'"],
    [
      'an app that is not installed',
      { files: { 'shop/settings.py': settings.replace('"app1"', '"app2"') } },
      'DJANGO_FAILED',
      "No module named 'app2'",
    ],
    [
      'no staticfiles app',
      { files: { 'shop/settings.py': settings.replace('"django.contrib.staticfiles", ', '') } },
      'DJANGO_FAILED',
      'django.contrib.staticfiles is not among the INSTALLED_APPS of shop.settings',
    ],
    [
      'STATICFILES_DIRS that is one string, whose letters would be folders',
      { files: { 'shop/settings.py': `${settings}STATICFILES_DIRS = "dir"\n` } },
      'DJANGO_FAILED',
      'staticfiles.E001',
    ],
    [
      'no STATIC_URL',
      { files: { 'shop/settings.py': settings.replace('STATIC_URL = "static/"', '') } },
      'DJANGO_FAILED',
      'STATIC_URL',
    ],
    [
      'media files at the URL of static ones',
      { files: { 'shop/settings.py': `${settings}MEDIA_URL = "/static/"\n` } },
      'DJANGO_FAILED',
      'MEDIA_URL and STATIC_URL settings must have different values',
    ],
    [
      'media files in the folder of static ones',
      { files: { 'shop/settings.py': `${settings}MEDIA_ROOT = STATIC_ROOT = "/srv"\n` } },
      'DJANGO_FAILED',
      'MEDIA_ROOT and STATIC_ROOT settings must have different values',
    ],
    [
      'a manage.py that ends',
      { files: { 'manage.py': 'import django' } },
      'DJANGO_FAILED',
      'ended without running a command of Django',
    ],
    [
      'a manage.py that gives up',
      { files: { 'manage.py': 'import sys; sys.exit("set SECRET first")' } },
      'DJANGO_FAILED',
      'set SECRET first',
    ],
    [
      'files on another machine',
      {
        files: {
          'shop/settings.py': `${settings}STATICFILES_FINDERS = ["shop.f.Finder"]\n`,
          'shop/f.py':
            'from django.contrib.staticfiles.finders import BaseFinder\nfrom django.core.files.storage import Storage\nclass Finder(BaseFinder):\n    def list(self, patterns):\n        yield "d.css", Storage()\n',
        },
      },
      'DJANGO_FAILED',
      'Finder lists d.css, which is no file',
    ],
  ])('%s: exit 2', async (_, changes, code, message) => {
    const error = await failure(find(changes));
    expect(error).toMatchObject({ code, exitCode: 2 });
    expect(error.message).toContain(message);
    expect(error.hint).toBeDefined();
  });
});

describe('Python', () => {
  test('no manage.py', async () => {
    const error = await failure(find({ project: { manage: '/nowhere/manage.py' } }));
    expect(error).toMatchObject({ code: 'SOURCE_MISSING', message: 'there is no manage.py at /nowhere/manage.py' });
  });
  test('no such command', async () => {
    const error = await failure(find({ project: { python: '/nowhere/python' } }));
    expect(error).toMatchObject({ code: 'PYTHON_MISSING', exitCode: 2 });
    expect(error.message).toContain('/nowhere/python cannot be started');
  });
  test.skipIf(noDjango)('a Python without Django', async () => {
    // An empty package of that name is no Django; -S leaves the machine's packages out.
    const root = makeTree({ bare: `#!/bin/sh\nexec ${python} -I -S "$@"\n` });
    chmodSync(join(root, 'bare'), 0o755);
    const error = await failure(find({ project: { python: join(root, 'bare') } }));
    expect(error).toMatchObject({ code: 'DJANGO_MISSING', exitCode: 2 });
    expect(error.message).toContain('there is no Django in');
  });
  test('a signal ends it at once', async () => {
    const root = makeTree({ ...site, slow: '#!/bin/sh\nexec sleep 60\n' });
    chmodSync(join(root, 'slow'), 0o755);
    const abort = new AbortController();
    const source = djangoAt(root, { project: { manage: join(root, 'manage.py'), python: join(root, 'slow') } });
    const run = findDjango(source, findOptions(root, { signal: abort.signal }));
    setTimeout(() => abort.abort(new InterruptedError('SIGINT')), 50);
    expect(await failure(run)).toMatchObject({ code: 'INTERRUPTED' });
  });

  test('is looked for: the configured one, VIRTUAL_ENV, .venv, venv, PATH', () => {
    const executable = ['env/bin/python', 'site/.venv/bin/python', 'venv/bin/python', 'path/python'];
    const root = makeTree(Object.fromEntries(executable.map((file) => [file, ''])));
    for (const file of executable) chmodSync(join(root, file), 0o755);
    const project = { manage: join(root, 'site/manage.py') };
    const env = { VIRTUAL_ENV: join(root, 'env'), PATH: `/nowhere:${join(root, 'path')}` };
    const look = (directory: string, more: object = {}) =>
      findPython(project, join(root, directory), { ...env, ...more }).replace(`${root}/`, '');
    expect(findPython({ ...project, python: 'python3.12' }, root, env)).toBe('python3.12');
    expect(look('')).toBe('env/bin/python');
    expect(look('', { VIRTUAL_ENV: '/gone' })).toBe('site/.venv/bin/python');
    const elsewhere = { ...project, manage: join(root, 'other/manage.py') };
    expect(findPython(elsewhere, root, { PATH: env.PATH })).toBe(join(root, 'venv/bin/python'));
    expect(findPython(elsewhere, '/nowhere', { PATH: env.PATH })).toBe('python');
    expect(findPython(elsewhere, '/nowhere', {})).toBe('python3');
  });
});

if (noDjango) console.warn(`Tests with a real Django are skipped: ${noDjango}.`);
