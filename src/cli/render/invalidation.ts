import type { Invalidation } from '../../invalidate.ts';
import type { Paint } from '../style.ts';
import { renderCount } from './quantity.ts';
import { renderTable } from './table.ts';
import { renderList, renderName } from './text.ts';

const mostItems = 4;

/** What edges were asked to forget, for people. */
export function renderInvalidation({ environment, invalidated }: Invalidation, paint: Paint): string {
  if (invalidated.length === 0) return `Nothing to invalidate in ${environment}.`;
  const rows = invalidated.map(({ edge, id, items }) => [
    renderName(edge),
    renderName(id),
    `${renderCount(items.length, 'item')}: ${renderList(items, mostItems)}`,
  ]);
  return `${paint('bold', `Invalidated in ${environment}.`)}\n\n${renderTable(rows, { indent: '  ' })}`;
}
