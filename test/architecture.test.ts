import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { catalogs } from '../providers/index.ts';
import { catalog } from '../src/errors/catalog.ts';
import { checkLinks, checkMentions } from './architecture/links.ts';
import { listFiles, type Module, readModules } from './architecture/modules.ts';
import {
  buildsOn,
  checkGlobals,
  checkImports,
  checkLaziness,
  checkPlan,
  checkRemoval,
  checkSizes,
  globalsAllowed,
  median,
  packageOf,
  providerOf,
  removersAllowed,
} from './architecture/walls.ts';
import { makeTree } from './temp.ts';

const root = join(fileURLToPath(import.meta.url), '../..');
const code = readModules(root, ['bin', 'src', 'providers']);
const tests = readModules(root, ['test']);

async function listPackages(): Promise<Set<string>> {
  const loaders = [...Object.values(catalogs.origins), ...Object.values(catalogs.edges)];
  const providers = await Promise.all(loaders.map((load) => load()));
  return new Set(providers.flatMap(({ packages }) => packages));
}

describe('walls', () => {
  test('src/plan reaches no Node module and no package', () => expect(checkPlan(code)).toEqual([]));
  test('imports stay on their side', () => expect(checkImports(code)).toEqual([]));
  test('SDKs are loaded when a provider is opened', async () => {
    expect(checkLaziness(code, await listPackages())).toEqual([]);
  });
  test('console and process stay in src/cli and bin', () => expect(checkGlobals(code, globalsAllowed)).toEqual([]));
  test('only prune removes at an origin', () => {
    expect(checkRemoval(code, removersAllowed)).toEqual([]);
    const removers = code.filter(({ file, members }) => file in removersAllowed && members.has('remove'));
    expect(removers.map(({ file }) => file).sort()).toEqual(Object.keys(removersAllowed).sort());
  });
  test('every exception is still needed', () => {
    const needed = code.filter(
      ({ file }) => file in globalsAllowed && checkGlobals(code, {}).some((one) => one.includes(file)),
    );
    expect(needed.map(({ file }) => file).sort()).toEqual(Object.keys(globalsAllowed).sort());
  });
});

describe('walls bite', () => {
  const plant = (files: Record<string, string>): Module[] => readModules(makeTree(files), ['.']);

  test('plan imports node:fs, a package, and both through another module', () => {
    const modules = plant({
      'src/plan/a.ts': "import { readFileSync } from 'node:fs';\nimport '../leaf.ts';\nimport type { z } from 'zod';\n",
      'src/plan/b.ts': "export { z } from 'zod';\n",
      'src/leaf.ts': "import 'node:os';\n",
      'src/other.ts': "import 'node:net';\n",
    });
    expect(checkPlan(modules).sort()).toEqual([
      'src/leaf.ts imports node:os, and src/plan is pure',
      'src/plan/a.ts imports node:fs, and src/plan is pure',
      'src/plan/b.ts imports zod, and src/plan is pure',
    ]);
  });

  test('imports across every wall, types included', () => {
    const modules = plant({
      'src/deploy.ts': "import type { A } from '../providers/s3/index.ts';\nimport './cli/main.ts';\n",
      'src/index.ts': "export { catalogs } from '../providers/index.ts';\n",
      'src/cli/main.ts': "import { catalogs } from '../../providers/index.ts';\n",
      'src/cli/lazy.ts': "import './main.ts';\n",
      'providers/index.ts': "export const s3 = () => import('./s3/index.ts');\n",
      'providers/s3/index.ts':
        "import { x } from '../../src/plan/x.ts';\nimport '../../src/provider/define.ts';\nimport './y.ts';\n",
      'providers/s3/y.ts':
        "export type { Z } from '../local/index.ts';\nlet a: import('../../src/config/types.ts').Config;\n",
      'providers/r2/index.ts': "import { s3Origin } from '../s3/index.ts';\nimport '../b2/index.ts';\n",
    });
    expect(checkImports(modules)).toEqual([
      'providers/r2/index.ts must not import ../b2/index.ts',
      'providers/s3/index.ts must not import ../../src/plan/x.ts',
      'providers/s3/y.ts must not import ../local/index.ts',
      'providers/s3/y.ts must not import ../../src/config/types.ts',
      'src/deploy.ts must not import ../providers/s3/index.ts',
      'src/deploy.ts must not import ./cli/main.ts',
    ]);
  });

  test('an SDK at the top of a file, but not its types nor inside a function', () => {
    const modules = plant({
      'providers/a/1.ts': "import { S } from '@v/sdk';\n",
      'providers/a/2.ts': "const { S } = await import('@v/sdk/part');\n",
      'providers/a/3.ts': "import type { S } from '@v/sdk';\nexport const open = async () => import('@v/sdk');\n",
    });
    expect(checkLaziness(modules, new Set(['@v/sdk']))).toEqual([
      'providers/a/1.ts loads @v/sdk before it is used',
      'providers/a/2.ts loads @v/sdk/part before it is used',
    ]);
  });

  test('console, process and node:process, but not fields of that name', () => {
    const modules = plant({
      'src/a.ts': 'console.log(1);\n',
      'src/b.ts': "import { pid } from 'node:process';\nexport { pid };\n",
      'src/c.ts': 'export const c = (x: { process: number }) => x.process;\n// process.env is not used\n',
      'src/cli/d.ts': 'process.exit();\n',
      'src/e.ts': 'export const e = () => process.pid;\n',
    });
    expect(checkGlobals(modules, { 'src/e.ts': 'allowed' })).toEqual([
      'src/a.ts uses console: take it as an argument',
      'src/b.ts uses process: take it as an argument',
    ]);
  });

  test('a removal elsewhere than in a prune, called, handed on or by its name in brackets', () => {
    const modules = plant({
      'src/a.ts': 'export const a = (o: { remove(k: string[]): void }) => o.remove([]);\n',
      'src/b.ts': "export const b = (o: { remove: unknown }) => o['remove'];\n",
      'src/c.ts': "import { removeKeys } from './apply/removal.ts';\nexport { removeKeys };\n",
      'src/sweep.ts': "import { removeKeys } from './apply/removal.ts';\nexport { removeKeys };\n",
      'src/apply/removal.ts': 'export const removeKeys = (o: { remove(k: string[]): void }) => o.remove([]);\n',
      'src/d.ts': 'export const remove = 1;\n',
    });
    expect(checkRemoval(modules, { 'src/apply/removal.ts': 'allowed' })).toEqual([
      'src/a.ts calls remove, and only prune removes',
      'src/b.ts calls remove, and only prune removes',
      'src/c.ts imports src/apply/removal.ts, and only prune removes',
    ]);
  });

  test('a file that is too long, and one without a name', () => {
    const modules = plant({ 'src/long.ts': '\n'.repeat(351), 'src/utils.ts': '', 'src/helpers/a.ts': '' });
    expect(checkSizes(modules)).toEqual([
      'src/helpers/a.ts needs a name that says what is in it',
      'src/long.ts has 351 lines; 350 are the most',
      'src/utils.ts needs a name that says what is in it',
    ]);
  });

  test('a link to no file and one to no heading', () => {
    const tree = makeTree({
      'docs/a.md':
        '# Some `title`, here\n[a](b.md) [b](a.md#some-title-here) [c](#gone) [d](https://example.com/x)\n```\n[e](f.md)\n```\n',
    });
    expect(checkLinks(tree, 'docs/a.md')).toEqual([
      'docs/a.md links to b.md, which is not there',
      'docs/a.md links to #gone, which is not there',
    ]);
    expect(checkMentions(tree, 'src/x.ts', ['see docs/a.md and docs/gone.md'])).toEqual([
      'src/x.ts names docs/gone.md, which is not there',
    ]);
  });
});

describe('budgets', () => {
  test('no file is too long or without a name', () => expect(checkSizes([...code, ...tests])).toEqual([]));

  test('files are short: half of them under 100 lines, nine in ten under 200', () => {
    const lines = code.map((module) => module.lines).sort((a, b) => a - b);
    expect(median(lines)).toBeLessThanOrEqual(100);
    expect(lines[Math.floor(lines.length * 0.9)]).toBeLessThanOrEqual(200);
  });

  test('comments are 5 to 16 % of the lines', () => {
    const comments = code.reduce((sum, module) => sum + module.commentLines, 0);
    const filled = code.reduce((sum, module) => sum + module.filledLines, 0);
    expect(comments / filled).toBeGreaterThan(0.05);
    expect(comments / filled).toBeLessThan(0.16);
  });
});

describe('declarations', () => {
  test('providers declare exactly the packages that they import lazily', async () => {
    const declared = new Map<string, Set<string>>();
    for (const [id, load] of [...Object.entries(catalogs.origins), ...Object.entries(catalogs.edges)]) {
      const { packages, id: own } = await load();
      expect(own).toBe(id);
      declared.set(id, new Set([...(declared.get(id) ?? []), ...packages]));
    }
    const imported = new Map([...declared.keys()].map((id) => [id, new Set<string>()]));
    for (const { file, imports } of code) {
      for (const { specifier, target, isDynamic } of imports) {
        const isPackage = target === undefined && !specifier.startsWith('node:');
        if (isDynamic && isPackage) imported.get(providerOf(file) ?? '')?.add(packageOf(specifier));
      }
    }
    for (const [id, base] of Object.entries(buildsOn)) imported.set(id, imported.get(base) ?? new Set());
    expect(imported).toEqual(declared);
  });

  test('every error code is raised somewhere and documented', () => {
    const used = new Set(
      code.filter(({ file }) => file !== 'src/errors/catalog.ts').flatMap(({ strings }) => [...strings]),
    );
    expect(Object.keys(catalog).filter((one) => !used.has(one))).toEqual([]);
    const documented = readFileSync(join(root, 'docs/errors.md'), 'utf8');
    expect(Object.keys(catalog).filter((one) => !documented.includes(`\n## ${one}\n`))).toEqual([]);
  });
});

describe('links', () => {
  const pages = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'];
  test.each([...pages, ...listFiles(root, 'docs', '.md'), ...listFiles(root, 'examples', '.md')])('%s', (page) => {
    expect(checkLinks(root, page)).toEqual([]);
  });

  test('pages that comments and messages name exist', () => {
    expect(code.flatMap(({ file, comments, strings }) => checkMentions(root, file, [...comments, ...strings]))).toEqual(
      [],
    );
  });
});
