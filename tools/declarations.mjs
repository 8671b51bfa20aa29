import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { listFiles } from './files.mjs';
import { root } from './root.mjs';

/**
 * Emits declarations into `out` and keeps those that `src/index.d.ts` reaches, with imports that end in `.js`. A public
 * declaration that names a package would not compile for people who have only Waybill installed, so it fails the build.
 */
export async function emitDeclarations(out) {
  await runTsc(out);
  const kept = reach(join(out, 'src', 'index.d.ts'), out);
  for (const name of listFiles(out)) {
    const file = join(out, name);
    if (kept.has(file)) rewriteExtensions(file);
    else if (file.endsWith('.d.ts')) rmSync(file);
  }
}

function runTsc(out) {
  const args = ['-p', 'tsconfig.build.json', '--outDir', out];
  return new Promise((done, fail) => {
    const tsc = spawn(join(root, 'node_modules', '.bin', 'tsc'), args, { cwd: root, stdio: 'inherit' });
    tsc.on('error', fail);
    tsc.on('exit', (code) => (code === 0 ? done() : fail(new Error(`tsc ended with ${code}`))));
  });
}

function reach(entry, out) {
  const seen = new Set();
  const open = [entry];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const name of listImports(readFileSync(file, 'utf8'))) {
      if (!name.startsWith('.')) throw new Error(`${relative(out, file)} shows types of '${name}' to users`);
      const target = resolve(dirname(file), name.replace(/\.[jt]s$/, '.d.ts'));
      if (!existsSync(target)) throw new Error(`${relative(out, file)} imports ${name}, which has no declaration`);
      open.push(target);
    }
  }
  return seen;
}

/** tsc writes declarations in one regular form, so a pattern is enough here. */
const importPattern = /((?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)['"])([^'"]+)(['"])/gm;

function listImports(text) {
  return [...text.matchAll(importPattern)].map((match) => match[2]);
}

function rewriteExtensions(file) {
  const text = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    text.replace(importPattern, (_, before, name, after) => `${before}${name.replace(/\.ts$/, '.js')}${after}`),
  );
}
