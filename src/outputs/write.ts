import type { Output, OutputKind } from '../config/types.ts';
import { WaybillError } from '../errors/errors.ts';
import type { Manifest } from '../model.ts';
import type { OutputRecord } from '../receipt.ts';
import { renderDjangoManifest } from './django-manifest.ts';
import { renderDotenv } from './dotenv.ts';
import { githubFiles, renderGithub } from './github.ts';
import { renderGitlab } from './gitlab.ts';
import { renderJson } from './json.ts';
import { renderPython } from './python.ts';
import { loadText, writeText } from './text-file.ts';

export interface OutputValues {
  readonly cdnUrl: string;
  readonly manifest: Manifest;
}

/** What became of one output file; `note` says why nothing was written where that may surprise. */
export interface OutputResult extends OutputRecord {
  readonly note?: string;
}

type Render = (existing: string, name: string, values: OutputValues) => string;

const renderers: Readonly<Record<OutputKind, Render>> = {
  dotenv: (existing, name, { cdnUrl }) => renderDotenv(existing, name, cdnUrl),
  json: (existing, name, { cdnUrl }) => renderJson(existing, name, cdnUrl),
  python: (existing, name, { cdnUrl }) => renderPython(existing, name, cdnUrl),
  github: (existing, name, { cdnUrl }) => renderGithub(existing, name, cdnUrl),
  gitlab: (existing, name, { cdnUrl }) => renderGitlab(existing, name, cdnUrl),
  'django-manifest': (_existing, _name, { manifest }) => renderDjangoManifest(manifest),
};

/**
 * Tells the application its CDN_URL: brings every configured file up to date, in order. A file that already says so is not written.
 * Goes on after a failure; then throws OUTPUT_FAILED that names every file that failed and why.
 */
export async function writeOutputs(
  outputs: readonly Output[],
  values: OutputValues,
  context: { readonly env: Readonly<Record<string, string | undefined>> },
): Promise<readonly OutputResult[]> {
  const results: OutputResult[] = [];
  const failures: WaybillError[] = [];
  for (const output of outputs) {
    const paths = findPaths(output, context.env);
    if (paths.length === 0) results.push(skipped);
    for (const path of paths) {
      try {
        results.push({ kind: output.kind, path, changed: await updateFile(path, output, values) });
      } catch (error) {
        failures.push(toOutputError(error, output.kind, path));
      }
    }
  }
  const [first] = failures;
  if (first === undefined) return results;
  if (failures.length === 1) throw first;
  throw new WaybillError('OUTPUT_FAILED', failures.map(({ message }) => message).join('\n'), { cause: first });
}

/** The same configuration runs on a developer's machine, where nobody waits for GitHub's files: that is no error. */
const skipped: OutputResult = {
  kind: 'github',
  path: githubFiles.join(', '),
  changed: false,
  note: 'not in GitHub Actions: neither GITHUB_ENV nor GITHUB_OUTPUT is set',
};

function findPaths({ kind, path }: Output, env: Readonly<Record<string, string | undefined>>): readonly string[] {
  if (kind === 'github') return githubFiles.map((name) => env[name] ?? '').filter((file) => file !== '');
  if (path === undefined) throw new WaybillError('CONFIG_INVALID', `the output of kind ${kind} has no path`);
  return [path];
}

async function updateFile(path: string, { kind, variable }: Output, values: OutputValues): Promise<boolean> {
  if (kind !== 'json' && kind !== 'django-manifest') assertName(variable);
  const existing = await loadText(path);
  const wanted = renderers[kind](existing, variable, values);
  if (wanted === existing) return false;
  await writeText(path, wanted);
  return true;
}

function assertName(variable: string): void {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)) return;
  throw new WaybillError(
    'OUTPUT_FAILED',
    `${JSON.stringify(variable)} cannot name a variable: letters, digits and _ can`,
  );
}

function toOutputError(error: unknown, kind: OutputKind, path: string): WaybillError {
  const reason = error instanceof Error ? error.message : String(error);
  const hint = error instanceof WaybillError ? error.hint : undefined;
  return new WaybillError('OUTPUT_FAILED', `The ${kind} output ${path} could not be written: ${reason}.`, {
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}
