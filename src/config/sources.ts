import { basename, dirname, resolve } from 'node:path';
import { resolvePrefix } from './prefix.ts';
import type {
  DirectorySource,
  DjangoRules,
  DjangoSource,
  Fingerprint,
  Source,
  WrittenConfig,
  WrittenDirectorySource,
  WrittenDjangoRules,
  WrittenDjangoSource,
  WrittenSource,
} from './types.ts';

/** Makes a source total; `directory` is the configuration's folder. */
export function resolveSource(source: WrittenSource, written: WrittenConfig, directory: string): Source {
  return source.kind === 'directory' ? resolveDirectory(source, written, directory) : resolveDjango(source, directory);
}

/** A source's own fingerprint wins, then `django` for a Django source, then the one for all. */
export function findFingerprint(source: WrittenSource, written: Pick<WrittenConfig, 'fingerprint'>): Fingerprint {
  return source.fingerprint ?? (source.kind === 'django' ? 'django' : (written.fingerprint ?? 'auto'));
}

function resolveDirectory(source: WrittenDirectorySource, written: WrittenConfig, directory: string): DirectorySource {
  const fingerprint = findFingerprint(source, written);
  return {
    kind: 'directory',
    path: resolve(directory, source.path),
    label: source.path,
    prefix: resolvePrefix(source.prefix ?? ''),
    fingerprint,
    ignore: source.ignore ?? [],
    ...(fingerprint === 'django' ? { rules: resolveRules(source) } : {}),
  };
}

function resolveDjango(source: WrittenDjangoSource, directory: string): DjangoSource {
  const { manage, python, settings, dirs = [], apps = [] } = source;
  const fingerprint = source.fingerprint ?? 'django';
  const manageFile = manage === undefined ? undefined : resolve(directory, manage);
  return {
    kind: 'django',
    path: manageFile === undefined ? directory : dirname(manageFile),
    label: manage ?? `the Django source of ${basename(directory)}`,
    prefix: resolvePrefix(source.prefix ?? ''),
    fingerprint,
    ignore: source.ignore ?? [],
    ...(fingerprint === 'django' ? { rules: resolveRules(source) } : {}),
    defaultIgnore: source.defaultIgnore ?? true,
    ...(manageFile === undefined
      ? {}
      : {
          project: {
            manage: manageFile,
            ...(python === undefined ? {} : { python: resolvePython(python, directory) }),
            ...(settings === undefined ? {} : { settings }),
          },
        }),
    dirs: dirs.map((dir) => {
      const { path, prefix = '' } = typeof dir === 'string' ? { path: dir } : dir;
      return { path: resolve(directory, path), prefix: resolvePrefix(prefix), label: path };
    }),
    apps: apps.map((path) => ({ path: resolve(directory, path), label: path })),
  };
}

/** A bare name is a command; whatever holds a slash is a file. */
function resolvePython(python: string, directory: string): string {
  return /[/\\]/.test(python) ? resolve(directory, python) : python;
}

function resolveRules({
  djangoVersion,
  staticUrl,
  jsModules,
  lenient,
  keepOriginals,
}: WrittenDjangoRules): DjangoRules {
  return {
    ...(djangoVersion === undefined ? {} : { version: djangoVersion.split('.', 2).join('.') }),
    ...(staticUrl === undefined ? {} : { staticUrl }),
    ...(jsModules === undefined ? {} : { jsModules }),
    lenient: lenient ?? false,
    keepOriginals: keepOriginals ?? true,
  };
}
