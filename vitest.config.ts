import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { ChaosReporter } from './test/chaos/reporter.ts';
import { TableReporter } from './test/contract/table-reporter.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
/** Where the table of the contract goes, if it is wanted. */
const table = process.env.WAYBILL_CONTRACT_TABLE;

export default defineConfig({
  // As tools/bundle.mjs does for the built code.
  define: { WAYBILL_VERSION: JSON.stringify(version) },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    reporters: ['default', new ChaosReporter(), ...(table === undefined ? [] : [new TableReporter(table)])],
  },
});
