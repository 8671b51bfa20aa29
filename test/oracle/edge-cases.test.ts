import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makeMatcher } from '../../src/collect/django/fnmatch.ts';
import { WaybillError } from '../../src/errors/errors.ts';
import { type DjangoFile, fingerprintDjango } from '../../src/transform/django/fingerprint.ts';
import { renderStaticfilesJson } from '../../src/transform/django/staticfiles-json.ts';
import {
  bytesOf,
  type Case,
  contentsOf,
  type Expectation,
  findOracle,
  makeFolder,
  readCases,
  removeFolders,
  writeFiles,
} from './oracle.ts';

const oracle = findOracle();
afterAll(removeFolders);

/** Storages that are not ours to make: without a manifest, without hashes, or a project's own subclass. */
const ours = new Set(['Manifest', 'ManifestJS', 'ManifestPass20']);
/** Fails before anything is fingerprinted; test/unit/collect has it. */
const beforeUs = new Set(['find-file-vs-dir']);

/** Django's errors and ours. A circle shows as its pass limit. */
const codes: Readonly<Record<string, readonly string[]>> = {
  ValueError: ['DJANGO_REFERENCE_MISSING', 'DJANGO_PATH'],
  UnicodeDecodeError: ['DJANGO_ENCODING'],
  RuntimeError: ['DJANGO_CYCLE'],
  SuspiciousFileOperation: ['DJANGO_PATH'],
  OSError: ['DJANGO_PATH'],
};

describe.skipIf(oracle === undefined)('edge cases as Django makes them', () => {
  const seen = { cases: 0, outcomes: 0, files: 0, bytes: 0, versions: new Set<string>() };
  for (const one of oracle === undefined ? [] : readCases(oracle).filter(({ name }) => !beforeUs.has(name))) {
    const expectations = one.expected.filter(({ storage }) => ours.has(storage));
    if (expectations.length === 0) continue;
    test(one.name, async () => {
      for (const expected of expectations) {
        for (const version of expected.versions) {
          await compare(one, expected, version, seen);
          seen.versions.add(version);
          seen.outcomes += 1;
        }
      }
      seen.cases += 1;
    });
  }
  afterAll(() =>
    console.info(
      `edge cases: ${seen.cases} cases, ${seen.outcomes} outcomes of ${[...seen.versions].join(', ')}; ` +
        `${seen.files} files of ${seen.bytes} bytes are equal`,
    ),
  );
});

async function compare(one: Case, expected: Expectation, version: string, seen: { files: number; bytes: number }) {
  const files = collect(one);
  const run = fingerprintDjango(files, {
    version,
    staticUrl: one.static_url ?? '/static/',
    jsModules: expected.storage === 'ManifestJS',
    lenient: false,
    keepOriginals: true,
    signal: new AbortController().signal,
  });
  const facts = expected.per_version[version];
  if (!expected.ok) {
    const kind = facts?.error?.at(-1)?.[0] ?? '';
    if (isPassLimit(one)) {
      expect((await run).outputs).not.toEqual([]);
      return;
    }
    const error = await run.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(WaybillError);
    expect(codes[kind] ?? [kind]).toContain((error as WaybillError).code);
    return;
  }
  const { outputs, paths } = await run;
  expect(Object.fromEntries(paths)).toEqual(expected.manifest_paths);
  if (facts?.manifest_text) {
    const text = renderStaticfilesJson(paths, version);
    expect(JSON.parse(text)).toEqual(JSON.parse(facts.manifest_text));
    expect(text.length).toBe(facts.manifest_text.length);
  }
  const made = new Map(outputs.map((output) => [output.key, output]));
  expect(made.size).toBe(outputs.length);
  expect([...made.keys()].sort()).toEqual(
    [...new Set([...(expected.copied ?? []), ...Object.keys(expected.new ?? {})])].sort(),
  );
  for (const [key, file] of Object.entries(expected.new ?? {})) {
    const output = made.get(key);
    const bytes = output === undefined ? undefined : contentsOf(output);
    expect(bytes?.equals('symlink' in file ? Buffer.from('') : bytesOf(file)), key).toBe(true);
    seen.files += 1;
    seen.bytes += bytes?.length ?? 0;
  }
}

/** Chains without a circle, on which Django gives up after five passes and we do not. */
function isPassLimit(one: Case): boolean {
  return /^(js-)?chain-/.test(one.name);
}

/** The first file of each path, in Django's order: files of a folder before its folders. */
function collect(one: Case): DjangoFile[] {
  const found = new Map<string, string>();
  const defaults = one.use_default_ignore === false ? [] : ['CVS', '.*', '*~'];
  const isIgnored = makeMatcher([...(one.ignore ?? []), ...defaults]);
  for (const { prefix, files } of one.roots) {
    const folder = makeFolder();
    writeFiles(folder, files);
    for (const path of walk(folder, '', { reversed: one.listdir === 'reversed', isIgnored })) {
      const name = prefix === '' ? path : `${prefix}/${path}`;
      if (found.has(name)) continue;
      found.set(name, realpathSync(join(folder, path)));
    }
  }
  return [...found].map(([path, file]) => ({ path, file }));
}

interface Walk {
  readonly reversed: boolean;
  readonly isIgnored: (name: string) => boolean;
}

function walk(folder: string, below: string, how: Walk): string[] {
  const names = readdirSync(join(folder, below))
    .filter((name) => !how.isIgnored(name))
    .sort();
  if (how.reversed) names.reverse();
  const paths = names.map((name) => (below === '' ? name : `${below}/${name}`));
  const isFolder = (path: string) => statSync(join(folder, path)).isDirectory();
  return [
    ...paths.filter((path) => !isFolder(path) && !how.isIgnored(path)),
    ...paths.filter(isFolder).flatMap((path) => walk(folder, path, how)),
  ];
}
