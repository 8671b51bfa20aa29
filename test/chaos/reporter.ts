import type { Reporter, TestModule } from 'vitest/node';
import type { Tally } from './tally.ts';

/** Prints what was tried to break deployments and how often something was lost; nothing where no such test ran. */
export class ChaosReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const sums = new Map<string, Tally>();
    for (const test of modules.flatMap((module) => [...module.children.allTests()])) {
      for (const one of test.meta().tallies ?? []) sums.set(one.what, add(sums.get(one.what), one));
    }
    if (sums.size === 0) return;
    const rows = [...sums.values()].sort((a, b) => (a.what < b.what ? -1 : 1));
    const nothing: Tally = { what: 'all', count: 0, losses: 0 };
    const total = rows.reduce((sum, one) => ({ ...add(sum, one), what: 'all' }), nothing);
    const width = Math.max(...rows.map(({ what }) => what.length));
    const line = (what: string, count: unknown, losses: unknown): string =>
      `${what.padEnd(width)}  ${String(count).padStart(8)}  ${String(losses).padStart(6)}`;
    const lines = [...rows, total].map(({ what, count, losses }) => line(what, count, losses));
    process.stdout.write(`\n${[line('fault injection', 'tried', 'losses'), ...lines].join('\n')}\n`);
  }
}

function add(sum: Tally | undefined, { what, count, losses }: Tally): Tally {
  return { what, count: (sum?.count ?? 0) + count, losses: (sum?.losses ?? 0) + losses };
}
