import { sep } from 'node:path';
import type { DjangoRules, DjangoSource } from '../../config/types.ts';
import { SourceError } from '../../errors/errors.ts';
import { type Hashing, resolveHashing } from '../hashing.ts';
import { checkKey, isUtf8 } from '../names.ts';
import type { Pacer } from '../pacer.ts';
import type { FoundFile, Walked } from '../walk.ts';
import { askDjango, type DjangoAnswer, type DjangoRequest, parseAnswer } from './ask-django.ts';
import { isNever, type Listed, listWithoutPython } from './finders.ts';
import { findPython } from './interpreter.ts';

export interface FindOptions {
  /** The configuration's folder. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly maxKeyBytes: number;
  readonly pacer: Pacer;
  readonly signal: AbortSignal;
  /** Answers in the place of the project's Python. */
  readonly ask?: ((request: DjangoRequest) => Promise<DjangoAnswer>) | undefined;
}

/** How many shadowed files are reported one by one. */
const mostReports = 20;

/**
 * Lists a Django source: by the project's own finders, then by ours in `dirs` and `apps`. The first file at a path wins, and each later one is
 * a warning in Django's words. Raises what `askDjango` and `listWithoutPython` raise, SOURCE_EMPTY, SOURCE_NAME, SOURCE_COLLISION for a
 * folder in the place of an earlier file, and DJANGO_UNSUPPORTED.
 */
export async function findDjango(source: DjangoSource, options: FindOptions): Promise<Walked> {
  const answer = await askProject(source, options);
  const own = await listWithoutPython(source, options.pacer);
  const listed: Listed = {
    files: [...(answer?.files ?? []).map(([path, file]) => ({ path, file })), ...own.files],
    special: [...(answer?.special ?? []), ...own.special],
  };
  const { files, shadowed } = takeFirst(source, listed, options);
  if (files.length === 0) {
    throw new SourceError('SOURCE_EMPTY', `${source.label} has no static files to deploy`, {
      hint: 'Look at `apps`, `dirs` and `ignore`, or at INSTALLED_APPS and STATICFILES_DIRS.',
    });
  }
  const special = listed.special.map((file) => `${file} is left out: it is a FIFO, socket or device`);
  const hashing = source.rules === undefined ? undefined : chooseHashing(source, source.rules, answer);
  const custom = source.rules?.lenient === true ? warnCustom(answer) : [];
  const warnings = [...reportShadowed(shadowed), ...special, ...custom];
  return { source, files, warnings, ...(hashing === undefined ? {} : { hashing }) };
}

async function askProject(source: DjangoSource, options: FindOptions): Promise<DjangoAnswer | undefined> {
  const { project, ignore, defaultIgnore } = source;
  if (project === undefined) return undefined;
  const { env, signal, directory, ask = askNow } = options;
  const python = findPython(project, directory, env);
  const { manage, settings } = project;
  return await ask({ manage, settings, python, ignore, defaultIgnore, env, signal });
}

async function askNow(request: DjangoRequest): Promise<DjangoAnswer> {
  return parseAnswer(await askDjango(request), request);
}

function takeFirst(source: DjangoSource, listed: Listed, { maxKeyBytes, directory }: FindOptions) {
  const files: FoundFile[] = [];
  const shadowed: string[] = [];
  const taken = new Set<string>();
  const folders = new Set<string>();
  for (const { path, file } of listed.files) {
    if (isNever(path)) continue;
    if (taken.has(path)) {
      shadowed.push(path);
      continue;
    }
    const label = nameFile(file, directory);
    if (!isUtf8(path)) throw new SourceError('SOURCE_NAME', `the name of ${JSON.stringify(label)} is not valid UTF-8`);
    checkKey(source.prefix + path, label, maxKeyBytes);
    taken.add(path);
    refuseClash(path, label, taken, folders);
    files.push({ path: source.prefix + path, file, label, source });
  }
  return { files, shadowed };
}

/**
 * `collectstatic` cannot make a folder where it has put a file, and deploys half of a file that comes where a folder is. Adds the
 * folders above `path`.
 */
function refuseClash(path: string, label: string, taken: ReadonlySet<string>, folders: Set<string>): void {
  if (folders.has(path)) throw clash(path, label);
  for (let slash = path.lastIndexOf('/'); slash !== -1; slash = path.lastIndexOf('/', slash - 1)) {
    const above = path.slice(0, slash);
    if (folders.has(above)) return;
    if (taken.has(above)) throw clash(above, label);
    folders.add(above);
  }
}

function clash(name: string, label: string): SourceError {
  return new SourceError('SOURCE_COLLISION', `${name} is both a file and a folder (${label})`, {
    hint: 'Rename one of them, or ignore it.',
  });
}

/** Django's own sentence: https://docs.djangoproject.com/en/stable/ref/contrib/staticfiles/#collectstatic */
function reportShadowed(paths: readonly string[]): string[] {
  const distinct = [...new Set(paths)];
  const reports = distinct
    .slice(0, mostReports)
    .map(
      (path) =>
        `Found another file with the destination path '${path}'. It will be ignored since only the first encountered file is collected. If this is not what you want, make sure every static file has a unique path.`,
    );
  const rest = distinct.length - reports.length;
  return rest > 0
    ? [...reports, `Found other files with ${rest} more destination paths; they are ignored, too.`]
    : reports;
}

function chooseHashing(source: DjangoSource, rules: DjangoRules, answer: DjangoAnswer | undefined): Hashing {
  if (answer === undefined) return resolveHashing(rules);
  if (answer.custom.length > 0 && !rules.lenient) {
    throw new SourceError(
      'DJANGO_UNSUPPORTED',
      `the storage ${answer.storage} has its own ${answer.custom.join(', ')}, so that its names or bytes may differ from Django’s`,
      {
        hint: 'If it only tolerates missing files, set `lenient: true` on the source. Else name settings with a storage of Django’s by `settings`.',
      },
    );
  }
  const { version, jsModules } = answer;
  const staticUrl = rules.staticUrl ?? answer.staticUrl;
  if (staticUrl !== null) return resolveHashing(rules, { version, staticUrl, jsModules });
  throw new SourceError('DJANGO_FAILED', `the settings of ${source.label} have no STATIC_URL`, {
    hint: 'Set it, or `staticUrl` on the source.',
  });
}

function warnCustom(answer: DjangoAnswer | undefined): string[] {
  if (answer === undefined || answer.custom.length === 0) return [];
  return [
    `The storage ${answer.storage} has its own ${answer.custom.join(', ')}; names are made as Django’s own storage does`,
  ];
}

/** Short inside the project, absolute for installed packages. */
function nameFile(file: string, directory: string): string {
  return file.startsWith(directory + sep) ? file.slice(directory.length + 1) : file;
}
