import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isRecord } from './record.ts';
import type { WrittenSource } from './types.ts';

/** What stands in a project's folder, as far as `waybill init` needs it. */
export interface Detected {
  /** For the user: `a Django project`. */
  readonly found: string;
  readonly project: string;
  readonly source: WrittenSource;
  readonly ignore: readonly string[];
  readonly notes: readonly string[];
  /** Whether editors and compilers find `waybill` from here. */
  readonly hasLibrary: boolean;
}

type Site = Pick<Detected, 'found' | 'source' | 'ignore' | 'notes'>;

const builds = ['dist', 'build', 'out', 'public', 'www', 'static', '_site', 'site'];
const assetNames = /\.(html?|css|m?js|svg|png|jpe?g|webp|avif|gif|ico|woff2?|ttf|pdf)$/i;

export function detectProject(directory: string): Detected {
  const folder = resolve(directory);
  const manifest = readPackage(folder);
  const site = detectDjango(folder) ?? detectVite(folder, manifest) ?? detectBuild(folder) ?? detectPlain(folder);
  const name = typeof manifest?.name === 'string' && manifest.name !== '' ? manifest.name : basename(folder);
  return { ...site, project: name || 'default', hasLibrary: manifest !== undefined && hasLibrary(folder, manifest) };
}

function detectDjango(folder: string): Site | undefined {
  if (!existsSync(join(folder, 'manage.py'))) return undefined;
  return {
    found: 'a Django project',
    source: { kind: 'django', manage: 'manage.py' },
    ignore: [],
    notes: [
      'Django’s own finders are asked, in the Python of .venv, venv or PATH; `python` on the source names another one. No `collectstatic`.',
      'Let settings.py read the variable: STATIC_URL = os.environ.get("CDN_URL", "/static/"). See docs/django.md.',
    ],
  };
}

/** A plain folder, as a source. */
function fromFolder(path: string): WrittenSource {
  return { kind: 'directory', path };
}

function detectVite(folder: string, manifest: Package | undefined): Site | undefined {
  const config = listNames(folder).find((name) => /^vite\.config\.[cm]?[jt]s$/.test(name));
  if (config === undefined && !isDependency(manifest, 'vite')) return undefined;
  const outDir =
    config === undefined ? undefined : /outDir:\s*["'`]([^"'`$]+)["'`]/.exec(readText(join(folder, config)) ?? '');
  return {
    found: 'a Vite project',
    source: fromFolder(outDir?.[1] ?? 'dist'),
    ignore: [],
    notes: ['Run `vite build` before each deploy; with `base: process.env.CDN_URL ?? "/"` the pages name the CDN.'],
  };
}

function detectBuild(folder: string): Site | undefined {
  const build = builds.find((name) => holdsAssets(join(folder, name)));
  return build === undefined
    ? undefined
    : { found: `files in ${build}`, source: fromFolder(build), ignore: [], notes: [] };
}

function detectPlain(folder: string): Site {
  if (!listNames(folder).some((name) => assetNames.test(name) && !isTooling(name))) {
    const notes = ['There are no files to deploy yet: put them into `public`, or correct `sources`.'];
    return { found: 'no files yet', source: fromFolder('public'), ignore: [], notes };
  }
  // The folder is the site: what is there for tools only stays behind.
  const ignore = ['waybill.config.*', '/.cdn/', 'node_modules/', '/package.json', '/package-lock.json'];
  return {
    found: 'a plain directory',
    source: fromFolder('.'),
    ignore,
    notes: ['`ignore` names what is not to be deployed; look it over.'],
  };
}

function holdsAssets(folder: string): boolean {
  return listNames(folder).some(
    (name) => assetNames.test(name) || (name === 'assets' && holdsAssets(join(folder, name))),
  );
}

const isTooling = (name: string): boolean => /\.config\.[cm]?[jt]s$/.test(name);

type Package = Readonly<Record<string, unknown>>;

function readPackage(folder: string): Package | undefined {
  try {
    const value: unknown = JSON.parse(readText(join(folder, 'package.json')) ?? '');
    return isRecord(value) ? value : undefined;
  } catch {
    // A broken package.json is npm's to report.
    return undefined;
  }
}

function isDependency(manifest: Package | undefined, name: string): boolean {
  return [manifest?.dependencies, manifest?.devDependencies].some(
    (list) => isRecord(list) && Object.hasOwn(list, name),
  );
}

function hasLibrary(folder: string, manifest: Package): boolean {
  if (isDependency(manifest, 'waybill')) return true;
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, 'node_modules', 'waybill', 'package.json'))) return true;
    if (at === dirname(at)) return false;
  }
}

function listNames(folder: string): string[] {
  return list(folder)
    .filter((entry) => !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();
}

/** A folder that is not there, or may not be read, holds nothing for us. */
function list(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
