import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DjangoFile, fingerprintDjango } from '../../src/transform/django/fingerprint.ts';
import { renderStaticfilesJson } from '../../src/transform/django/staticfiles-json.ts';
import { findOracle, removeFolders, unpackSite } from './oracle.ts';

const oracle = findOracle();
let site = '';
beforeAll(() => {
  if (oracle !== undefined) site = unpackSite(oracle);
});
afterAll(removeFolders);

const outcomes = [
  ['3.2.25', 'Manifest'],
  ['4.2.28', 'Manifest'],
  ['4.2.28', 'ManifestJS'],
  ['5.2.18', 'Manifest'],
  ['5.2.18', 'ManifestJS'],
  ['6.1.1', 'Manifest'],
  ['6.1.1', 'ManifestJS'],
] as const;

describe.skipIf(oracle === undefined)('a whole site as Django makes it', () => {
  test.each(outcomes)('%s %s', async (version, storage) => {
    const { sources, static_url: staticUrl } = JSON.parse(readFileSync(join(site, 'sources.json'), 'utf8'));
    const files = collect(sources, version);
    const start = performance.now();
    const { outputs, paths, warnings } = await fingerprintDjango(files, {
      version,
      staticUrl,
      jsModules: storage === 'ManifestJS',
      lenient: false,
      keepOriginals: true,
      signal: new AbortController().signal,
    });
    const took = performance.now() - start;
    expect(warnings).toEqual([]);

    const expected = join(site, 'expected', version, storage);
    const listing: [string, number, string][] = JSON.parse(readFileSync(join(expected, 'listing.json'), 'utf8'));
    const made = outputs.map(({ key, size, sha256 }) => [key, size, sha256] as const);
    const byKey = (a: readonly [string, ...unknown[]], b: readonly [string, ...unknown[]]) => (a[0] < b[0] ? -1 : 1);
    const rows = listing.filter(([path]) => path !== 'staticfiles.json');
    expect(made.sort(byKey)).toEqual(rows.sort(byKey));
    const rewritten = outputs.filter(({ source }) => 'bytes' in source);
    for (const { source, sha256 } of rewritten) {
      const bytes = 'bytes' in source ? source.bytes : Buffer.alloc(0);
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
      expect(Buffer.compare(bytes, readFileSync(join(site, 'blobs', sha256)))).toBe(0);
    }
    const manifest = JSON.parse(readFileSync(join(expected, 'staticfiles.json'), 'utf8'));
    expect(JSON.parse(renderStaticfilesJson(paths, version))).toEqual(manifest);
    console.info(
      `${version} ${storage}: ${outputs.length} objects of ${files.length} files, ${rewritten.length} rewritten, all equal; ${took.toFixed(0)} ms`,
    );
  });
});

interface Source {
  readonly prefix: string;
  readonly dir: string;
}

function collect(sources: readonly Source[], version: string): DjangoFile[] {
  const found = new Map<string, string>();
  for (const { prefix, dir } of sources) {
    const folder = join(site, dir.replace('<DJ>', version));
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      const below = file.slice(folder.length + 1);
      if (below.split('/').some((part) => part.startsWith('.') || part.endsWith('~') || part === 'CVS')) continue;
      const path = prefix === '' ? below : `${prefix}/${below}`;
      if (!found.has(path)) found.set(path, file);
    }
  }
  return [...found].map(([path, file]) => ({ path, file }));
}
