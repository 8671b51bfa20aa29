import { nameShard, renderNumbers } from '../../plan/split.ts';
import type { Receipt } from '../../receipt.ts';
import type { Paint } from '../style.ts';
import { renderWarnings } from './plan.ts';
import { renderBytes, renderCount, renderDuration, renderNumber } from './quantity.ts';
import { renderTable } from './table.ts';
import { renderList, renderName } from './text.ts';

const mostItems = 4;

/** What a run did, for people. */
export function renderReceipt(receipt: Receipt, paint: Paint): string {
  const failed = receipt.failed !== undefined;
  const blocks = [
    paint('bold', paint(failed ? 'red' : 'green', renderHeadline(receipt))),
    renderTable(listFacts(receipt), { indent: '  ' }),
  ];
  const warnings = renderWarnings(receipt.warnings, paint);
  if (warnings !== '') blocks.push(warnings);
  if (isRestore(receipt) && !failed && changed(receipt)) {
    blocks.push(
      'Visitors see the stable files of this version again. Hashed names take effect when the application reads the outputs again.',
    );
  }
  const still = receipt.stillServed ?? 0;
  if (still > 0) {
    const [files, are] = still === 1 ? ['1 file', 'is'] : [`${renderNumber(still)} files`, 'are'];
    blocks.push(
      `${files} of other versions that version ${receipt.version} does not name ${are} still served; \`waybill prune --env ${receipt.environment} --removed\` removes ${still === 1 ? 'it' : 'them'}.`,
    );
  }
  blocks.push(renderTable([['CDN_URL', receipt.cdnUrl], ...listNext(receipt)]));
  return blocks.join('\n\n');
}

function isRestore({ operation }: Receipt): boolean {
  return operation === 'rollback' || operation === 'activate';
}

/** The command that people want after this run, if there is one. */
function listNext(receipt: Receipt): string[][] {
  const { operation, environment, version, previous, failed, staged, shard } = receipt;
  if (failed !== undefined) return [['see', `waybill status --env ${environment}`]];
  if (shard && !staged) {
    return shard.missing
      .slice(0, mostItems)
      .map((index) => ['next', `waybill deploy --env ${environment} --stage --shard ${index}/${shard.count}`]);
  }
  if (staged) return [['next', `waybill activate --env ${environment} --to ${version}`]];
  if (operation === 'rollback' || previous === null || !changed(receipt)) return [];
  return [['undo', `waybill rollback --env ${environment}`]];
}

function renderHeadline(receipt: Receipt): string {
  const { operation, environment, version, previous, failed, staged, shard } = receipt;
  const before = previous === null ? '' : ` (before: ${previous})`;
  if (failed !== undefined) {
    const live = version === null ? 'nothing is live yet' : `version ${version} is live`;
    return `The ${operation} to ${environment} did not finish; ${live}.`;
  }
  if (version === null) return `Nothing to do in ${environment}.`;
  if (shard && !staged) {
    return `Part ${nameShard(shard)} of version ${version} is in place in ${environment}; ${renderCount(shard.missing.length, 'part')} missing.`;
  }
  if (staged) {
    const live = previous === null ? 'nothing is live yet' : `version ${previous} stays live`;
    return `Version ${version} is staged in ${environment}; ${live}.`;
  }
  if (operation === 'rollback' && changed(receipt))
    return `Version ${version} is live again in ${environment}${before}.`;
  if (version !== previous) return `Version ${version} is live in ${environment}${before}.`;
  return changed(receipt)
    ? `Repaired version ${version} in ${environment}.`
    : `Nothing to do: version ${version} is live and complete in ${environment}.`;
}

function listParts({ recorded, missing }: NonNullable<Receipt['shard']>): string[][] {
  const rows = [['in place', renderNumbers(recorded)]];
  return missing.length === 0 ? rows : [...rows, ['missing', renderNumbers(missing)]];
}

function changed({ version, previous, uploaded, copied }: Receipt): boolean {
  return version !== previous || uploaded.files > 0 || copied > 0;
}

function listFacts(receipt: Receipt): string[][] {
  const { uploaded, copied, unchanged, invalidated, owed, outputs, requests, durationMs, failed, shard } = receipt;
  const rows = [
    ...(shard ? [['part', nameShard(shard)], ...listParts(shard)] : []),
    ['uploaded', `${renderCount(uploaded.files, 'file')}, ${renderBytes(uploaded.bytes)}`],
    ['copied', renderCount(copied, 'file')],
    ['unchanged', renderCount(unchanged, 'file')],
  ];
  for (const one of invalidated) {
    rows.push([
      'invalidated',
      `${renderCount(one.items.length, 'item')} at ${one.edge}: ${renderList(one.items, mostItems)}`,
    ]);
  }
  for (const one of owed)
    rows.push(['owed', `${renderCount(one.items.length, 'item')} at ${one.edge}: ${renderList(one.items, mostItems)}`]);
  for (const one of outputs) {
    rows.push(['output', `${one.kind} ${renderName(one.path)} (${one.changed ? 'written' : 'unchanged'})`]);
  }
  if (failed !== undefined) rows.push(['not started', renderCount(failed.notStarted, 'step')]);
  const { list, read, write, copy, remove } = requests;
  const counts = Object.entries({ list, read, write, copy, remove }).filter(([, count]) => count > 0);
  rows.push(['requests', counts.map(([name, count]) => `${renderNumber(count)} ${name}`).join(', ') || 'none']);
  rows.push(['took', renderDuration(durationMs)]);
  return rows;
}
