// Measures: npm run bench -- NAME [options]. Each benchmark is a module of tools/bench/ with a function `run`.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

const folder = join(root, 'tools', 'bench');
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.bench.mjs'))
  .map((name) => name.replace(/\.bench\.mjs$/, ''));
const [name, ...args] = process.argv.slice(2);
if (!names.includes(name)) {
  console.error(`Name a benchmark: ${names.join(', ')}. For example: npm run bench -- ${names[0]}`);
  process.exit(2);
}
const { run } = await import(join(folder, `${name}.bench.mjs`));
await run(args);
