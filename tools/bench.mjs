// Measures: npm run bench -- [NAME] [options]. Each benchmark is a module of tools/bench/ with a function `run`; without a name, all that
// need nothing but this machine run in turn.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

const folder = join(root, 'tools', 'bench');
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.bench.mjs'))
  .map((name) => name.replace(/\.bench\.mjs$/, ''));
const [name = '', ...args] = process.argv.slice(2);
const isNamed = name !== '' && !name.startsWith('-');
if (isNamed && !names.includes(name)) {
  console.error(`Name a benchmark: ${names.join(', ')}. For example: npm run bench -- ${names[0]}`);
  process.exit(2);
}
for (const one of isNamed ? [name] : ['startup', 'hashing', 's3']) {
  const { run } = await import(join(folder, `${one}.bench.mjs`));
  await run(isNamed ? args : process.argv.slice(2));
}
