// Everything that must hold before a change lands, cheapest first. Stops at the first failure; in CI it goes on and shows all of them.
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { root } from './root.mjs';

const env = { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH}` };

const steps = [
  ['format and lint', 'biome ci --error-on-warnings .'],
  ['types', 'tsc --noEmit'],
  ['generated docs', 'node tools/docs.mjs --check'],
  ['unused code', 'knip'],
  ['build and tests', 'npm test'],
  ['package', 'publint --strict'],
  ['package types', 'attw --pack . --profile esm-only'],
  ['package size', 'node tools/size.mjs'],
];

const failed = [];
for (const [name, command] of steps) {
  console.log(`\n# ${name}: ${command}`);
  const { status } = spawnSync(command, { cwd: root, env, shell: true, stdio: 'inherit' });
  if (status !== 0) failed.push(name);
  if (failed.length > 0 && !process.env.CI) break;
}
console.log(failed.length === 0 ? '\ncheck passed' : `\ncheck failed at: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
