import type { ManifestFile } from '../../model.ts';
import type { VersionDiff } from '../../versions.ts';
import type { Paint } from '../style.ts';
import { renderBytes, renderCount, renderNumber } from './quantity.ts';
import { renderTable } from './table.ts';
import { cutRows, renderName } from './text.ts';

export interface VersionPair {
  readonly environment: string;
  readonly from: number;
  readonly to: number;
}

const mostRows = 200;

export function renderDiff(diff: VersionDiff, { environment, from, to }: VersionPair, paint: Paint): string {
  const { added, removed, changed, unchanged } = diff;
  const head = paint('bold', `Version ${from} to ${to} of ${environment}`);
  if (added.length + removed.length + changed.length === 0)
    return `${head}: no difference in ${renderCount(unchanged, 'file')}`;
  const rows = [
    ...added.map((file) => [paint('green', '+'), renderName(file.key), renderBytes(file.size)]),
    ...removed.map((file) => [paint('red', '-'), renderName(file.key), renderBytes(file.size)]),
    ...changed.map(({ before, after }) => [paint('yellow', '~'), renderName(after.key), describe(before, after)]),
  ];
  const { shown, hidden } = cutRows(rows, mostRows);
  const table = renderTable(shown, { indent: '  ' });
  const more = hidden === 0 ? '' : `\n  … and ${renderNumber(hidden)} more (--json lists all)`;
  const counts = [
    `${renderNumber(added.length)} added`,
    `${renderNumber(removed.length)} removed`,
    `${renderNumber(changed.length)} changed`,
  ];
  return [head, table + more, [...counts, `${renderNumber(unchanged)} unchanged`].join(', ')].join('\n\n');
}

function describe(before: ManifestFile, after: ManifestFile): string {
  const parts: string[] = [];
  if (before.sha256 !== after.sha256) parts.push(`${renderBytes(before.size)} to ${renderBytes(after.size)}`);
  const names = [...new Set([...Object.keys(before.headers), ...Object.keys(after.headers)])].sort();
  for (const name of names) {
    const [old, now] = [before.headers[name], after.headers[name]];
    if (old === now) continue;
    parts.push(`${name}: ${renderName(old ?? '(none)')} to ${renderName(now ?? '(none)')}`);
  }
  if (before.class !== after.class) parts.push(`class ${before.class} to ${after.class}`);
  if (before.path !== after.path) parts.push(`from ${renderName(before.path)} to ${renderName(after.path)}`);
  return parts.join('; ');
}
