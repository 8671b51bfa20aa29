// Holds the package's budgets: what people download, and what one more dependency would bring along.
import { execFileSync } from 'node:child_process';
import { root } from './root.mjs';

// Every command and provider is a chunk, and what several of them share is one more.
const budgets = { size: 3 * 1024 * 1024, unpackedSize: 12 * 1024 * 1024, entryCount: 220 };

const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
  cwd: root,
  encoding: 'utf8',
});
const [pack] = JSON.parse(output);
for (const [name, budget] of Object.entries(budgets)) {
  const isOver = pack[name] > budget;
  console.log(
    `${name}: ${pack[name].toLocaleString('en')} of ${budget.toLocaleString('en')}${isOver ? '  TOO MUCH' : ''}`,
  );
  if (isOver) process.exitCode = 1;
}
