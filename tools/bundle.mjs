import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { namesOfCommonJs } from './commonjs.mjs';
import { lightHttp, readyTypes } from './lighter.mjs';
import { root } from './root.mjs';

const { version, dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** What the code reads in place of package.json; vitest.config.ts sets the same. */
export const define = { WAYBILL_VERSION: JSON.stringify(version) };

/** Bundled CommonJS packages call `require` for Node's own modules; an ES module has none. */
export const requireBanner =
  "import { createRequire as makeRequire } from 'node:module';\nconst require = makeRequire(import.meta.url);";

/** What runs in threads of its own; src/provider/thread.ts finds it by these names. */
const threads = ['src/collect/digest-thread.ts', 'providers/local/list-thread.ts', 'providers/local/write-thread.ts'];

/** Of all that is bundled. */
const settings = {
  absWorkingDir: root,
  outbase: '.',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  define,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'warning',
};

/** Bundles the executable and the library into `out`, one chunk for each dynamic import; returns esbuild's metafile. */
export async function bundle(out) {
  const result = await build({
    ...settings,
    entryPoints: ['bin/waybill.ts', 'src/index.ts'],
    outdir: out,
    chunkNames: 'chunks/[name]-[hash]',
    splitting: true,
    // The ES modules of packages that have both: unused parts fall away.
    mainFields: ['module', 'main'],
    // Optional peers are installed by those who use their vendor.
    external: [...Object.keys(dependencies), ...Object.keys(peerDependencies)],
    banner: { js: requireBanner },
    plugins: [namesOfCommonJs, lightHttp, readyTypes],
    metafile: true,
  });
  // Each in one file, which starts sooner; they use no packages.
  await build({ ...settings, entryPoints: threads, outdir: out, packages: 'external' });
  dropUnusedBanners(result.metafile);
  chmodSync(join(out, 'bin', 'waybill.js'), 0o755);
  return result.metafile;
}

/** Most chunks have no `require`; making one takes as long as loading a small chunk. The lines stay, for the source maps. */
function dropUnusedBanners({ outputs }) {
  for (const output of Object.keys(outputs).filter((name) => name.endsWith('.js'))) {
    const file = resolve(root, output);
    const [before, after, ...more] = readFileSync(file, 'utf8').split(requireBanner);
    if (after === undefined || more.length > 0) throw new Error(`${output} has not one banner.`);
    if (!/\brequire\b/.test(after)) writeFileSync(file, `${before}\n${after}`);
  }
}
