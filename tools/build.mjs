// Builds dist/: code by esbuild, declarations by tsc, the JSON Schema and the licences of everything bundled.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.mjs';
import { emitDeclarations } from './declarations.mjs';
import { root } from './root.mjs';
import { writeSchema } from './schema.mjs';
import { swapInto } from './swap.mjs';
import { writeThirdPartyLicenses } from './third-party.mjs';

const started = performance.now();
// In node_modules, so that no other tool looks at a half-built tree and the final rename stays on one file system.
const cache = join(root, 'node_modules', '.cache');
mkdirSync(cache, { recursive: true });
const stage = mkdtempSync(join(cache, 'waybill-build-'));
// Temporary folders are for their owner only; what is built is for everybody.
chmodSync(stage, 0o755);
try {
  const [metafile] = await Promise.all([bundle(stage), emitDeclarations(stage)]);
  writeThirdPartyLicenses(metafile, join(stage, 'THIRD-PARTY-LICENSES.md'));
  await writeSchema(join(stage, 'schema.json'));
  const changed = swapInto(stage, join(root, 'dist'));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(changed ? `built dist/ in ${seconds} s` : `dist/ is up to date (${seconds} s)`);
} finally {
  if (existsSync(stage)) rmSync(stage, { recursive: true, force: true });
}
