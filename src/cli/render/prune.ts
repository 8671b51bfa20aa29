import { isEmptyPrune } from '../../plan/prune.ts';
import type { Departure, Loss, PrunePlan, PruneRequest } from '../../plan/prune-types.ts';
import type { PruneReceipt } from '../../receipt.ts';
import type { Paint } from '../style.ts';
import { renderWarnings } from './plan.ts';
import { renderBytes, renderCount, renderDuration, renderNumber } from './quantity.ts';
import { renderTable } from './table.ts';
import { cutRows, renderList, renderName } from './text.ts';

const mostRows = 20;
const mostItems = 4;

const departureTexts: Readonly<Record<Departure['reason'], string>> = {
  expired: 'last live until',
  abandoned: 'never made live; of',
  staged: 'staged and never made live; of',
  unfinished: 'half removed already; of',
};

const modeTexts: Readonly<Record<PrunePlan['mode'], string>> = {
  versions: 'versions',
  removed: 'stable files that the live version does not name',
  takedown: 'files of every version',
};

/** What a prune would do, for people; `next` is the command that does it. */
export function renderPrunePlan(plan: PrunePlan, { paint, next }: { paint: Paint; next?: string }): string {
  const blocks = [`${paint('bold', `Prune of ${plan.environment}`)}: ${modeTexts[plan.mode]}`];
  if (isEmptyPrune(plan)) blocks.push('Nothing to remove.');
  else blocks.push(renderTable(listSummary(plan), { indent: '  ' }));
  const goes = [...plan.versions.map(renderDeparture), ...plan.unrestorable.map(renderLoss)];
  if (goes.length > 0) blocks.push(renderRows('versions', goes, paint));
  const rows = [...plan.keys, ...plan.objects].map(({ key, size }) => [
    paint('red', '-'),
    renderName(key),
    renderBytes(size),
  ]);
  if (rows.length > 0) blocks.push(renderRows('objects', rows, paint));
  blocks.push(...renderLeft(plan.foreign));
  const warnings = renderWarnings(
    plan.warnings.map(({ message }) => message),
    paint,
  );
  if (warnings !== '') blocks.push(warnings);
  if (next !== undefined && !isEmptyPrune(plan)) blocks.push(renderTable([['do it', next]]));
  return blocks.join('\n\n');
}

function listSummary({ versions, kept, keys, objects, keeps, bytes, invalidations, owed }: PrunePlan): string[][] {
  const items = [...invalidations, ...owed].reduce((sum, one) => sum + one.items.length, 0);
  const rows = [
    ['versions', `${renderNumber(versions.length)} go, ${renderNumber(kept.length)} stay`],
    [
      'remove',
      `${renderCount(keys.length, 'file')} and ${renderNumber(objects.length)} kept bodies, ${renderBytes(bytes)}`,
    ],
  ];
  if (keeps.length > 0) rows.push(['keep', `${renderCount(keeps.length, 'file')} first, for rollback`]);
  if (items > 0) rows.push(['invalidate', renderCount(items, 'item')]);
  return rows;
}

function renderDeparture({ version, reason, since }: Departure): string[] {
  return [`version ${version}`, `${departureTexts[reason]} ${since.replace(/\.\d+Z$/, 'Z')}`];
}

function renderLoss({ version, paths, more }: Loss): string[] {
  return [
    `version ${version}`,
    `can no longer be restored; loses ${renderList(paths, mostItems)}${more ? ' and others' : ''}`,
  ];
}

function renderRows(title: string, rows: readonly (readonly string[])[], paint: Paint): string {
  const { shown, hidden } = cutRows(rows, mostRows);
  const lines = [paint('bold', title), renderTable(shown, { indent: '  ' })];
  if (hidden > 0) lines.push(`  … and ${renderNumber(hidden)} more (--json lists all)`);
  return lines.join('\n');
}

function renderLeft(foreign: readonly string[]): string[] {
  if (foreign.length === 0) return [];
  const what = foreign.length === 1 ? '1 key is' : `${renderNumber(foreign.length)} keys are`;
  return [`${what} left alone, since somebody else has written there: ${renderList(foreign, mostItems)}.`];
}

/** The flags that mean this request again, each behind a space. */
export function renderPruneFlags({ keep, olderThanMs, removed, path }: PruneRequest): string {
  return [
    keep === undefined ? '' : ` --keep ${keep}`,
    olderThanMs === undefined ? '' : ` --older-than ${renderFlagDuration(olderThanMs)}`,
    removed === true ? ' --removed' : '',
    path === undefined ? '' : ` --path '${path.replaceAll("'", "'\\''")}' --every-version`,
  ].join('');
}

function renderFlagDuration(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const;
  const [unit, size] = units.find(([, length]) => ms > 0 && ms % length === 0) ?? ['ms', 1];
  return ms === 0 ? '0' : `${ms / size}${unit}`;
}

/** What a prune did, for people. */
export function renderPruneReceipt(receipt: PruneReceipt, paint: Paint): string {
  const { environment, removed, failed, foreign, unrestorable } = receipt;
  const isDone = failed === undefined && receipt.owed.length === 0;
  const total = removed.keys + removed.objects + removed.versions.length;
  const headline = isDone
    ? total + unrestorable.length + receipt.invalidated.length === 0
      ? `Nothing to remove in ${environment}.`
      : `Pruned ${environment}.`
    : `The prune of ${environment} did not finish.`;
  const blocks = [
    paint('bold', paint(isDone ? 'green' : 'red', headline)),
    renderTable(listFacts(receipt), { indent: '  ' }),
  ];
  if (unrestorable.length > 0) blocks.push(renderRows('versions', unrestorable.map(renderLoss), paint));
  blocks.push(...renderLeft(foreign));
  const warnings = renderWarnings(receipt.warnings, paint);
  if (warnings !== '') blocks.push(warnings);
  return blocks.join('\n\n');
}

function listFacts({ removed, copied, invalidated, owed, requests, durationMs, failed }: PruneReceipt): string[][] {
  const rows = [
    [
      'removed',
      `${renderCount(removed.keys, 'file')} and ${renderNumber(removed.objects)} kept bodies, ${renderBytes(removed.bytes)}`,
    ],
    ['versions', removed.versions.length === 0 ? 'none' : renderList(removed.versions.map(String), mostRows)],
  ];
  if (copied > 0) rows.push(['kept', `${renderCount(copied, 'file')} for rollback`]);
  for (const { edge, items } of invalidated) {
    rows.push(['invalidated', `${renderCount(items.length, 'item')} at ${edge}: ${renderList(items, mostItems)}`]);
  }
  for (const { edge, items } of owed) {
    rows.push(['owed', `${renderCount(items.length, 'item')} at ${edge}: ${renderList(items, mostItems)}`]);
  }
  if (failed !== undefined)
    rows.push(['not removed', `${renderCount(failed.notRemoved, 'object')}${renderNamed(failed.keys)}`]);
  const { list, read, write, copy, remove } = requests;
  const counts = Object.entries({ list, read, write, copy, remove }).filter(([, count]) => count > 0);
  rows.push(['requests', counts.map(([name, count]) => `${renderNumber(count)} ${name}`).join(', ') || 'none']);
  rows.push(['took', renderDuration(durationMs)]);
  return rows;
}

function renderNamed(keys: readonly string[]): string {
  return keys.length === 0 ? '' : `, refused: ${renderList(keys, mostItems)}`;
}
