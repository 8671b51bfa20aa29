export interface TableOptions {
  /** Put before every line. */
  readonly indent?: string;
  /** Columns whose cells stand at the right, from 0. */
  readonly right?: readonly number[];
}

/** Rows with aligned columns, a line each, without a newline at the end. */
export function renderTable(
  rows: readonly (readonly string[])[],
  { indent = '', right = [] }: TableOptions = {},
): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, width(cell));
  }
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => pad(cell, widths[column] ?? 0, right.includes(column))).join('  ');
  return rows.map((row) => `${indent}${line(row)}`.trimEnd()).join('\n');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with ESC
const colors = /\u001b\[[0-9;]*m/g;

/** Columns that a text takes, near enough: code points, without colours and combining marks. */
function width(text: string): number {
  return [...text.replace(colors, '').replace(/\p{M}/gu, '')].length;
}

function pad(cell: string, to: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, to - width(cell)));
  return right ? space + cell : cell + space;
}
