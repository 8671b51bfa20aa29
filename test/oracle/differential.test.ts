import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { WaybillError } from '../../src/errors/errors.ts';
import { fingerprintDjango } from '../../src/transform/django/fingerprint.ts';
import { renderStaticfilesJson } from '../../src/transform/django/staticfiles-json.ts';
import { contentsOf, makeFolder, removeFolders, writeFiles } from './oracle.ts';
import { makeDice, makeSite, type RandomSite } from './random-sites.ts';

const script = join(fileURLToPath(import.meta.url), '../django_outcomes.py');
/** Debian's, then whatever is first in the path; WAYBILL_PYTHON names another one. */
const pythons = [process.env.WAYBILL_PYTHON, '/usr/bin/python3', 'python3'];
const python = pythons.find(
  (one) => one !== undefined && spawnSync(one, ['-c', 'import django'], { stdio: 'ignore' }).status === 0,
);
const seed = Number(process.env.WAYBILL_SEED ?? 1);
const count = Number(process.env.WAYBILL_SITES ?? 300);

interface Outcome {
  readonly files?: Readonly<Record<string, string>>;
  readonly manifest?: string;
  readonly error?: string;
  readonly message?: string;
}

const codes: Readonly<Record<string, string>> = {
  SuspiciousFileOperation: 'DJANGO_PATH',
  RuntimeError: 'DJANGO_CYCLE',
  UnicodeDecodeError: 'DJANGO_ENCODING',
};

afterAll(removeFolders);

describe.skipIf(python === undefined)('random sites as the Django of this machine makes them', () => {
  test(`${count} sites from seed ${seed}`, { timeout: 600_000 }, async () => {
    const sites = Array.from({ length: count }, (_, index) => makeSite(makeDice(seed * 100_003 + index)));
    const { version, outcomes } = ask(sites);
    const seen = { equal: 0, failed: 0 };
    const different: unknown[] = [];
    for (const [index, site] of sites.entries()) {
      const theirs = outcomes[index] as Outcome;
      const difference = await compare(site, theirs, version);
      removeFolders();
      if (difference !== undefined) different.push({ index, difference, theirs: theirs.error && theirs, site });
      else if (theirs.error === undefined) seen.equal += 1;
      else seen.failed += 1;
    }
    console.info(`Django ${version}: ${seen.equal} sites are equal, ${seen.failed} fail alike`);
    expect(different.slice(0, 3)).toEqual([]);
  });
});

function ask(sites: readonly RandomSite[]): { version: string; outcomes: Outcome[] } {
  const cases = sites.map(({ files, staticUrl, js }) => ({
    files: files.map(([path, text]) => [path, Buffer.from(text).toString('base64')]),
    static_url: staticUrl,
    js,
  }));
  const answer = execFileSync(python ?? '', [script], { input: JSON.stringify(cases), maxBuffer: 2 ** 30 });
  return JSON.parse(answer.toString('utf8'));
}

/** What differs, if anything does. */
async function compare(site: RandomSite, theirs: Outcome, version: string): Promise<unknown> {
  const folder = makeFolder();
  writeFiles(folder, Object.fromEntries(site.files.map(([path, t]) => [path, { t }])));
  const files = site.files.map(([path]) => ({ path, file: join(folder, path) }));
  const options = { version, staticUrl: site.staticUrl, jsModules: site.js, lenient: false, keepOriginals: true };
  const ours = await fingerprintDjango(files, { ...options, signal: new AbortController().signal }).catch(
    (error: unknown) => error,
  );
  if (theirs.error !== undefined) {
    // Django gives up after five passes; without a circle, we do not have to.
    if (theirs.error === 'RuntimeError' && !(ours instanceof Error)) return undefined;
    if (!(ours instanceof WaybillError))
      return { we: 'succeed', stack: ours instanceof Error ? ours.stack : undefined };
    const code =
      codes[theirs.error] ??
      (/could not be found/.test(theirs.message ?? '') ? 'DJANGO_REFERENCE_MISSING' : 'DJANGO_PATH');
    const [, place] = /^The file '(.*)' could not be found/s.exec(theirs.message ?? '') ?? [];
    if (ours.code !== code) return { code: ours.code, message: ours.message };
    return place === undefined || hideHashes(ours.message).includes(hideHashes(`looked for ${place})`))
      ? undefined
      : ours.message;
  }
  if (ours instanceof Error) return { message: ours.message };
  const { outputs, paths } = ours as Awaited<ReturnType<typeof fingerprintDjango>>;
  const text = renderStaticfilesJson(paths, version);
  if (text !== theirs.manifest) return { manifest: text, theirs: theirs.manifest };
  const made = Object.fromEntries(outputs.map((output) => [output.key, contentsOf(output).toString('base64')]));
  const wrong = Object.keys({ ...made, ...theirs.files }).filter((key) => made[key] !== theirs.files?.[key]);
  return wrong.length === 0 ? undefined : wrong.map((key) => [key, decode(made[key]), decode(theirs.files?.[key])]);
}

/** Django fails in its first pass, when names still have other hashes. */
function hideHashes(text: string): string {
  return text.replace(/\.[0-9a-f]{12}/g, '.H');
}

function decode(base64: string | undefined): string | undefined {
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString('utf8');
}
