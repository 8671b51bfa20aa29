import type { Verification } from '../../verify/types.ts';
import type { Paint } from '../style.ts';
import { renderCount, renderNumber } from './quantity.ts';
import { renderTable } from './table.ts';
import { cutRows, renderName } from './text.ts';

const mostProblems = 30;

/** Whether visitors get the live version, for people. */
export function renderVerification(verification: Verification, paint: Paint): string {
  const { environment, version, checked, skipped, ok, problems } = verification;
  const rest = skipped === 0 ? '' : `, ${renderNumber(skipped)} not (--all checks all)`;
  const files = `${renderCount(checked, 'file')} checked${rest}`;
  if (ok)
    return `${paint('bold', paint('green', `CDN_URL answers with version ${version} of ${environment}.`))} ${files}.`;
  const head = `CDN_URL does not answer with version ${version} of ${environment}: ${renderCount(problems.length, 'problem')}.`;
  const { shown, hidden } = cutRows(problems, mostProblems);
  const rows = shown.map(({ code, path, message }) => [paint('yellow', code), renderName(path), renderName(message)]);
  const more = hidden === 0 ? [] : [`  and ${renderNumber(hidden)} more`];
  return [`${paint('bold', paint('red', head))} ${files}.`, '', renderTable(rows, { indent: '  ' }), ...more].join(
    '\n',
  );
}
