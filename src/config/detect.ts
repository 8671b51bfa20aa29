import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isRecord } from './record.ts';

/** What stands in a project's folder, as far as `waybill init` needs it. */
export interface Detected {
  /** For the user: `a Django project`. */
  readonly found: string;
  readonly project: string;
  /** The source's folder, relative to the project's, with `/`. */
  readonly path: string;
  readonly ignore: readonly string[];
  readonly notes: readonly string[];
  /** Whether editors and compilers find `waybill` from here. */
  readonly hasLibrary: boolean;
}

type Site = Pick<Detected, 'found' | 'path' | 'ignore' | 'notes'>;

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
  const root = readStaticRoot(folder);
  return {
    found: 'a Django project',
    path: root ?? 'staticfiles',
    ignore: [],
    notes: [
      root === undefined
        ? 'STATIC_ROOT was not found in the settings; `staticfiles` is taken for it. Correct `sources` if it is another folder.'
        : `STATIC_ROOT is taken to be \`${root}\`.`,
      'Run `python manage.py collectstatic --noinput` before each deploy. Asking Django’s own finders comes in a later version.',
      'Let settings.py read the variable: STATIC_URL = os.environ.get("CDN_URL", "/static/").',
    ],
  };
}

/** The last string of the line that sets STATIC_ROOT, in `<package>/settings.py` or a file of `<package>/settings/`. */
function readStaticRoot(folder: string): string | undefined {
  const files = listFolders(folder).flatMap((name) => {
    const settings = join(folder, name, 'settings');
    return [`${settings}.py`, ...listNames(settings).map((file) => join(settings, file))];
  });
  for (const file of files.filter((name) => name.endsWith('.py'))) {
    const line = /^STATIC_ROOT\s*=\s*(.+)$/m.exec(readText(file) ?? '')?.[1];
    const found = [...(line ?? '').matchAll(/["']([^"']+)["']/g)].at(-1)?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}

function detectVite(folder: string, manifest: Package | undefined): Site | undefined {
  const config = listNames(folder).find((name) => /^vite\.config\.[cm]?[jt]s$/.test(name));
  if (config === undefined && !isDependency(manifest, 'vite')) return undefined;
  const outDir =
    config === undefined ? undefined : /outDir:\s*["'`]([^"'`$]+)["'`]/.exec(readText(join(folder, config)) ?? '');
  return {
    found: 'a Vite project',
    path: outDir?.[1] ?? 'dist',
    ignore: [],
    notes: ['Run `vite build` before each deploy; with `base: process.env.CDN_URL ?? "/"` the pages name the CDN.'],
  };
}

function detectBuild(folder: string): Site | undefined {
  const build = builds.find((name) => holdsAssets(join(folder, name)));
  return build === undefined ? undefined : { found: `files in ${build}`, path: build, ignore: [], notes: [] };
}

function detectPlain(folder: string): Site {
  if (!listNames(folder).some((name) => assetNames.test(name) && !isTooling(name))) {
    const notes = ['There are no files to deploy yet: put them into `public`, or correct `sources`.'];
    return { found: 'no files yet', path: 'public', ignore: [], notes };
  }
  // The folder is the site: what is there for tools only stays behind.
  const ignore = ['waybill.config.*', '/.cdn/', 'node_modules/', '/package.json', '/package-lock.json'];
  return {
    found: 'a plain directory',
    path: '.',
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

function listFolders(folder: string): string[] {
  return list(folder)
    .filter((entry) => entry.isDirectory() && !/^(\.|node_modules$|venv$)/.test(entry.name))
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
