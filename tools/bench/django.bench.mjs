// Waybill beside `collectstatic` with ManifestStaticFilesStorage, on one site, in turn.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../root.mjs';
import { describeMachine, median, timed } from './measure.mjs';

const usage = `npm run bench -- django --site DIR [--copies 7] [--rounds 5] [--python python3]
  DIR holds sources.json, {"sources": [{"prefix", "dir"}, …]}, and the folders that it names; <DJ> in one is the version of Django.
  --copies N  makes the site N times as large, under N prefixes`;

export async function run(args) {
  const { values } = parseArgs({
    args,
    options: {
      site: { type: 'string' },
      copies: { type: 'string', default: '1' },
      rounds: { type: 'string', default: '5' },
      python: { type: 'string', default: 'python3' },
    },
  });
  if (values.site === undefined) throw new Error(usage);
  const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const folder = realpathSync(mkdtempSync(join(parent, 'waybill-bench-')));
  try {
    const bench = prepare(folder, values);
    const rounds = [];
    for (let round = 0; round < Number(values.rounds); round++) rounds.push(await runRound(bench));
    report(bench, rounds);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function prepare(folder, { site, copies, python }) {
  const django = execFileSync(python, ['-c', 'import django; print(django.get_version())'], {
    encoding: 'utf8',
  }).trim();
  const { sources, static_url: staticUrl = '/static/' } = JSON.parse(readFileSync(join(site, 'sources.json'), 'utf8'));
  let dirs = sources.map(({ prefix, dir }) => ({ prefix, path: resolve(site, dir.replace('<DJ>', django)) }));
  dirs = dirs.map(({ prefix, path }) => ({ prefix, path: existsSync(path) ? path : nearest(path) }));
  if (Number(copies) > 1) dirs = multiply(folder, dirs, Number(copies));
  writeProject(folder, dirs, staticUrl);
  writeConfigs(folder, dirs, { django, staticUrl, python });
  return { folder, python, django };
}

/** The oracle's folder of another patch level. */
function nearest(path) {
  const at = path.indexOf('/django-') + '/django-'.length;
  const [parent, release] = [path.slice(0, at - '/django-'.length), path.slice(at).split('.', 2).join('.')];
  const found = readdirSync(parent).find((name) => name.startsWith(`django-${release}.`));
  if (found === undefined) throw new Error(`${path} is not there`);
  return join(parent, found, path.slice(path.indexOf('/', at)));
}

function multiply(folder, dirs, copies) {
  const one = join(folder, 'copies', 'copy1');
  // The first one wins, so the last one is copied first.
  for (const { prefix, path } of [...dirs].reverse()) cpSync(path, join(one, prefix), { recursive: true });
  const others = Array.from({ length: copies - 1 }, (_, index) => `copy${index + 2}`);
  for (const name of others) cpSync(one, join(folder, 'copies', name), { recursive: true });
  // One stays without a prefix: references that start with STATIC_URL mean its files.
  return [{ prefix: '', path: one }, ...others.map((prefix) => ({ prefix, path: join(folder, 'copies', prefix) }))];
}

function writeProject(folder, dirs, staticUrl) {
  const project = join(folder, 'project');
  mkdirSync(project);
  const list = dirs.map(({ prefix, path }) =>
    prefix === '' ? JSON.stringify(path) : `(${JSON.stringify(prefix)}, ${JSON.stringify(path)})`,
  );
  writeFileSync(
    join(project, 'settings.py'),
    `SECRET_KEY = "benchmark"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages", "django.contrib.staticfiles"]
STATIC_URL = ${JSON.stringify(staticUrl)}
STATIC_ROOT = ${JSON.stringify(join(folder, 'static-root'))}
STATICFILES_DIRS = [${list.join(', ')}]
STATICFILES_STORAGE = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
STORAGES = {"staticfiles": {"BACKEND": STATICFILES_STORAGE}}
import django
if django.VERSION >= (4, 2):
    del STATICFILES_STORAGE
else:
    del STORAGES
`,
  );
  writeFileSync(
    join(project, 'manage.py'),
    `import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
`,
  );
}

/** Once by Django's own finders, once without Python. */
function writeConfigs(folder, dirs, { django, staticUrl, python }) {
  const environments = (name) => ({
    dev: { origin: { use: 'local', directory: `origin-${name}` }, url: 'http://127.0.0.1:4100/static/' },
  });
  const sources = {
    manage: { kind: 'django', manage: 'project/manage.py', python },
    dirs: { kind: 'django', djangoVersion: django, staticUrl, dirs },
  };
  for (const [name, source] of Object.entries(sources)) {
    const config = { project: 'bench', sources: [source], environments: environments(name) };
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(config));
  }
}

async function runRound({ folder, python }) {
  const env = { ...process.env, WAYBILL_CACHE_DIR: join(folder, 'cache'), PYTHONDONTWRITEBYTECODE: '' };
  const collect = () =>
    timed([python, 'manage.py', 'collectstatic', '--noinput'], { cwd: join(folder, 'project'), env });
  const waybill = (source, ...args) =>
    timed([process.execPath, join(root, 'dist', 'bin', 'waybill.js'), ...args, '--config', `${source}.json`], {
      cwd: folder,
      env,
    });
  for (const name of ['static-root', 'origin-manage', 'origin-dirs', 'cache'])
    rmSync(join(folder, name), { recursive: true, force: true });
  const results = {};
  results.collectstatic = await collect();
  for (const source of ['manage', 'dirs']) {
    results[`plan, ${source}`] = await waybill(source, 'plan');
    results[`deploy, ${source}`] = await waybill(source, 'deploy');
  }
  results['collectstatic again'] = await collect();
  for (const source of ['manage', 'dirs']) {
    results[`deploy again, ${source}`] = await waybill(source, 'deploy');
    results[`plan again, ${source}`] = await waybill(source, 'plan');
  }
  return results;
}

function report({ django }, rounds) {
  const names = Object.keys(rounds[0]);
  const middle = (name, what) => median(rounds.map((round) => round[name][what]));
  console.log(`Django ${django}; ${describeMachine()}; medians of ${rounds.length} rounds\n`);
  console.log('| run | wall | of collectstatic | of collectstatic again | user + sys |\n|---|---|---|---|---|');
  for (const name of names) {
    const of = (base) => `${(median(rounds.map((round) => round[name].wall / round[base].wall))).toFixed(2)} x`;
    console.log(
      `| ${name} | ${middle(name, 'wall').toFixed(2)} s | ${of('collectstatic')} | ${of('collectstatic again')} | ${middle(name, 'cpu').toFixed(2)} s |`,
    );
  }
}
