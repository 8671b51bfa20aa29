import type { ManifestFile } from '../../model.ts';
import type { ExternalChange, VersionDiff } from '../../versions.ts';
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
  const { added, removed, changed, unchanged, externals } = diff;
  const head = paint('bold', `Version ${from} to ${to} of ${environment}`);
  if (added.length + removed.length + changed.length + externals.length === 0)
    return `${head}: no difference in ${renderCount(unchanged, 'file')}`;
  const rows = [
    ...added.map((file) => [paint('green', '+'), renderName(file.key), renderBytes(file.size)]),
    ...removed.map((file) => [paint('red', '-'), renderName(file.key), renderBytes(file.size)]),
    ...changed.map(({ before, after }) => [paint('yellow', '~'), renderName(after.key), describe(before, after)]),
    ...externals.map((change) => renderExternal(change, paint)),
  ];
  const { shown, hidden } = cutRows(rows, mostRows);
  const table = renderTable(shown, { indent: '  ' });
  const more = hidden === 0 ? '' : `\n  … and ${renderNumber(hidden)} more (--json lists all)`;
  const counts = [
    `${renderNumber(added.length)} added`,
    `${renderNumber(removed.length)} removed`,
    `${renderNumber(changed.length)} changed`,
    ...(externals.length === 0 ? [] : [`${renderNumber(externals.length)} at public CDNs`]),
  ];
  return [head, table + more, [...counts, `${renderNumber(unchanged)} unchanged`].join(', ')].join('\n\n');
}

function renderExternal({ path, before, after }: ExternalChange, paint: Paint): string[] {
  const name = renderName(path);
  if (before === undefined) return [paint('green', '+'), name, `now from ${renderName(after?.url ?? '')}`];
  if (after === undefined) return [paint('red', '-'), name, `no longer from ${renderName(before.url)}`];
  const what = before.url === after.url ? `other bytes at ${after.url}` : `from ${before.url} to ${after.url}`;
  return [paint('yellow', '~'), name, renderName(what)];
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
