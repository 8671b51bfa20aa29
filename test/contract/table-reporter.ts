import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

interface Row {
  readonly heading: string;
  readonly column: string;
  readonly title: string;
  readonly mark: string | undefined;
  readonly reason: string;
}

const suites: Readonly<Record<string, string>> = { 'origin contract: ': 'Origins', 'edge contract: ': 'Edges' };

/**
 * Writes which provider keeps which sentence of the contract, at which server, as Markdown tables into `file`. What was not run has its
 * reason below the table.
 */
export class TableReporter implements Reporter {
  readonly #file: string;
  constructor(file: string) {
    this.#file = file;
  }
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules.flatMap((module) => [...module.children.allTests()].flatMap(readRow));
    const tables = Object.values(suites).map((heading) => renderTable(heading, rows));
    writeFileSync(this.#file, tables.filter((table) => table !== '').join('\n'));
  }
}

/** Nothing for a test that is no row of a contract. */
function readRow(test: TestCase): Row[] {
  const result = test.result();
  const note = result.state === 'skipped' ? result.note : undefined;
  const [, title = '', gap] = /^(.*?)(?: \(known gap: (.*)\))?$/s.exec(test.name) ?? [];
  for (let suite = test.parent; suite.type === 'suite'; suite = suite.parent) {
    const { name } = suite;
    const prefix = Object.keys(suites).find((one) => name.startsWith(one));
    if (prefix === undefined) continue;
    const isKept = result.state === 'passed' && gap === undefined;
    return [
      {
        heading: suites[prefix] ?? '',
        column: name.slice(prefix.length),
        // The number of keys differs from server to server.
        title: title.replace(/ and \d+ keys /, ' and more keys '),
        mark: result.state === 'failed' ? 'FAILED' : isKept ? 'yes' : undefined,
        reason: gap ?? note ?? 'not run',
      },
    ];
  }
  return [];
}

function renderTable(heading: string, all: readonly Row[]): string {
  const rows = all.filter((one) => one.heading === heading);
  if (rows.length === 0) return '';
  const columns = [...new Set(rows.map(({ column }) => column))].sort();
  const reasons: string[] = [];
  const noteOf = (reason: string): string => {
    if (!reasons.includes(reason)) reasons.push(reason);
    return `(${reasons.indexOf(reason) + 1})`;
  };
  const cell = (title: string, column: string): string => {
    const found = rows.find((one) => one.title === title && one.column === column);
    return found?.mark ?? noteOf(found?.reason ?? 'not run');
  };
  const letters = columns.map((_, at) => String.fromCharCode(65 + at));
  const titles = [...new Set(rows.map(({ title }) => title))];
  const table = [
    `| | ${letters.join(' | ')} |`,
    `|---|${letters.map(() => '---|').join('')}`,
    ...titles.map((title) => `| ${title} | ${columns.map((column) => cell(title, column)).join(' | ')} |`),
  ];
  const blocks = [
    `## ${heading}`,
    columns.map((column, at) => `${letters[at]}: ${column}`).join(' · '),
    table.join('\n'),
    reasons.map((reason, at) => `(${at + 1}) ${reason}`).join('  \n'),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}
