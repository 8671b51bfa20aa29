import type { Phase, Plan, Step } from '../../plan/types.ts';
import { cutSteps, hasWork, phaseTexts, reasonTexts, renderCost, renderHeadline, renderInvalidation } from './plan.ts';
import { renderBytes, renderCount, renderNumber } from './quantity.ts';
import { cutRows, renderName } from './text.ts';

const mostRows = 50;
const mostWarnings = 20;
const mostItems = 20;
// GitHub refuses comments of more than 65,536 characters: https://github.com/orgs/community/discussions/27190
const longestCode = 200;

/** The plan as a comment for a pull request. `flags` were given to it and go behind the command that applies it. */
export function renderPlanMarkdown(plan: Plan, flags = ''): string {
  const blocks = [`### ${escapeText(renderHeadline(plan))}`];
  if (hasWork(plan)) blocks.push(renderSummary(plan));
  const { shown, hidden } = cutRows(plan.warnings, mostWarnings);
  for (const warning of shown) blocks.push(`> **Warning:** ${escapeText(renderName(warning.message))}`);
  if (hidden > 0) blocks.push(`> … and ${renderNumber(hidden)} more warnings`);
  for (const owed of plan.owed) {
    blocks.push(`Owed to ${escapeText(owed.edge)} since version ${owed.version}: ${renderItems(owed.items)}`);
  }
  for (const phase of plan.phases) blocks.push(renderPhase(phase));
  blocks.push(`CDN_URL ${renderCode(plan.cdnUrl)}<br>\nDigest ${renderCode(plan.digest)}`);
  if (hasWork(plan) && plan.operation === 'deploy') {
    const command = `waybill deploy --env ${plan.environment} --expect ${plan.digest}${flags}`;
    blocks.push(`Apply exactly this plan: ${renderCode(command)}`);
  }
  return blocks.join('\n\n');
}

function renderSummary({ summary }: Plan): string {
  const rows = [
    ['Upload', renderCount(summary.upload, 'file'), renderBytes(summary.bytes)],
    ['Copy at the origin', renderCount(summary.copy, 'file'), ''],
    ['Unchanged', renderCount(summary.unchanged, 'file'), ''],
    ['Invalidate', renderCount(summary.invalidate, 'item'), renderCost(summary)],
  ];
  return renderRows(['', '', ''], rows);
}

function renderPhase({ name, steps }: Phase): string {
  const { shown, hidden } = cutSteps(steps, mostRows);
  const table = renderRows(['What', 'Key', 'Why', 'Size or cost'], shown.map(renderStep));
  const more = hidden === 0 ? '' : `\n\n… and ${renderNumber(hidden)} more.`;
  const title = `<b>${name}</b>: ${renderCount(steps.length, 'step')}, ${phaseTexts[name]}`;
  return `<details><summary>${title}</summary>\n\n${table}${more}\n\n</details>`;
}

function renderStep(step: Step): string[] {
  if (step.kind === 'invalidate') {
    return [step.kind, renderItems(step.items), `at ${escapeText(step.edge)}`, renderInvalidation(step)];
  }
  return [step.kind, renderCode(step.key), reasonTexts[step.reason], renderBytes(step.size)];
}

function renderItems(items: readonly string[]): string {
  const { shown, hidden } = cutRows(items, mostItems);
  const text = shown.map(renderCode).join(' ');
  return hidden === 0 ? text : `${text} and ${renderNumber(hidden)} more`;
}

function renderRows(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A code span; HTML's, since file names may hold backticks and pipes. */
function renderCode(text: string): string {
  const cut = text.length > longestCode ? `${text.slice(0, longestCode)}…` : text;
  return `<code>${escapeText(renderName(cut))}</code>`;
}

function escapeText(text: string): string {
  return text.replace(/[&<>|`*_[\]\\@#]/g, (char) => `&#${char.charCodeAt(0)};`);
}
