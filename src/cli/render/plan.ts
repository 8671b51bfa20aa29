import { isEmpty } from '../../plan/build.ts';
import type { InvalidateStep, Phase, PhaseName, Plan, Reason, Step } from '../../plan/types.ts';
import type { Paint } from '../style.ts';
import { renderBytes, renderCount, renderNumber, renderUsd } from './quantity.ts';
import { renderTable } from './table.ts';
import { cutRows, renderList, renderName } from './text.ts';

export interface PlanTextOptions {
  readonly paint: Paint;
  /** The command that applies the plan. */
  readonly next?: string;
}

/** Whether a run would do anything: change the origin, or tell an edge what it was not told. */
export function hasWork(plan: Plan): boolean {
  return !isEmpty(plan) || plan.owed.length > 0;
}

export const reasonTexts: Readonly<Record<Reason, string>> = {
  new: 'new',
  content: 'content changed',
  headers: 'headers changed',
  missing: 'missing at the origin',
  altered: 'altered at the origin',
  restore: 'restored from a kept copy',
  duplicate: 'same bytes as another file',
  promoted: 'copied from another environment',
  adopted: 'taken over',
  staged: 'stored for `waybill activate`',
  'kept-for-rollback': 'kept for rollback',
};

export const phaseTexts: Readonly<Record<PhaseName, string>> = {
  immutable: 'hashed names, which visitors do not see yet',
  mutable: 'stable names',
  entry: 'pages and other files that name the rest',
};

const mostRows = 20;
const mostWarnings = 10;
const mostItems = 4;

/** What a run would do, why, and what it costs, for people. */
export function renderPlan(plan: Plan, { paint, next }: PlanTextOptions): string {
  const blocks = [paint('bold', renderHeadline(plan))];
  if (hasWork(plan)) blocks.push(renderSummary(plan));
  for (const phase of plan.phases) blocks.push(renderPhase(phase, paint));
  if (plan.owed.length > 0) {
    const rows = plan.owed.map(
      (one) => `  ${one.edge}: ${renderList(one.items, mostItems)} (since version ${one.version})`,
    );
    blocks.push(`owed invalidations, paid first\n${rows.join('\n')}`);
  }
  const warnings = renderWarnings(
    plan.warnings.map((one) => one.message),
    paint,
  );
  if (warnings !== '') blocks.push(warnings);
  const facts = [
    ['digest', plan.digest],
    ['CDN_URL', plan.cdnUrl],
  ];
  if (next !== undefined && hasWork(plan)) facts.push(['next', next]);
  blocks.push(renderTable(facts));
  return blocks.join('\n\n');
}

/** `Plan for prod: version 12, on top of 11`. */
export function renderHeadline(plan: Plan): string {
  const { environment, base, version, operation } = plan;
  if (!hasWork(plan)) {
    return base === 0
      ? `Nothing to do in ${environment}`
      : `Nothing to do: version ${base} is live and complete in ${environment}`;
  }
  if (operation === 'stage') return `Plan for ${environment}: prepare version ${version}, with ${base || 'none'} live`;
  if (operation === 'rollback') return `Plan for ${environment}: back to version ${version} from ${base}`;
  if (plan.from !== undefined && version !== base) {
    return `Plan for ${environment}: version ${version}, promoted from version ${plan.from.version} of ${plan.from.environment}`;
  }
  if (version === base) return `Plan for ${environment}: repair version ${base}`;
  return `Plan for ${environment}: version ${version}, ${base === 0 ? 'the first one' : `on top of ${base}`}`;
}

function renderSummary({ summary, phases }: Plan): string {
  const kept = phases.flatMap((phase) => phase.steps).filter((step) => step.kind === 'keep').length;
  const rows = [
    ['upload', renderCount(summary.upload, 'file'), renderBytes(summary.bytes)],
    ['copy', renderCount(summary.copy, 'file'), 'at the origin; nothing is sent'],
    ['unchanged', renderCount(summary.unchanged, 'file'), ''],
    ['invalidate', renderCount(summary.invalidate, 'item'), renderCost(summary)],
  ];
  if (kept > 0) rows.splice(2, 0, ['keep', renderCount(kept, 'old file'), 'at the origin, for rollback']);
  return renderTable(rows, { indent: '  ' });
}

/** What the invalidations cost at most, and what they make edges fetch again. */
export function renderCost({ invalidate, invalidationUsd, evicted }: Plan['summary']): string {
  if (invalidate === 0) return '';
  const price =
    invalidationUsd === 0 ? 'free' : `at most ${renderUsd(invalidationUsd)}; the monthly allowance is not counted`;
  return evicted === 0 ? price : `${price}; evicts ${renderBytes(evicted)} that did not change`;
}

/** What the items of a step are for, cost and evict, where there is something to say. */
export function renderInvalidation({ items, covers, usd, evicts }: InvalidateStep): string {
  const parts = [
    ...(covers === items.length ? [] : [`for ${renderNumber(covers)} stale`]),
    ...(usd === 0 ? [] : [`at most ${renderUsd(usd)}`]),
    ...(evicts.files === 0
      ? []
      : [`evicts ${renderCount(evicts.files, 'unchanged file')}, ${renderBytes(evicts.bytes)}`]),
  ];
  return parts.join('; ');
}

function renderPhase(phase: Phase, paint: Paint): string {
  const { shown, hidden } = cutSteps(phase.steps, mostRows);
  const rows = shown.map((step) => renderStep(step, paint));
  const lines = [
    `${paint('bold', phase.name)} ${paint('dim', `(${phaseTexts[phase.name]})`)}`,
    renderTable(rows, { indent: '  ' }),
  ];
  if (hidden > 0) lines.push(`  … and ${renderNumber(hidden)} more (--json lists all)`);
  return lines.join('\n');
}

/** The first steps that write, and all invalidations: there is one for each edge. */
export function cutSteps(steps: readonly Step[], most: number): { shown: readonly Step[]; hidden: number } {
  const { shown, hidden } = cutRows(
    steps.filter((step) => step.kind !== 'invalidate'),
    most,
  );
  return { shown: [...shown, ...steps.filter((step) => step.kind === 'invalidate')], hidden };
}

function renderStep(step: Step, paint: Paint): string[] {
  switch (step.kind) {
    case 'upload':
    case 'store':
      return [paint('green', '+'), renderName(step.key), reasonTexts[step.reason], renderBytes(step.size)];
    case 'copy': {
      const { environment, key } = step.from;
      const place = environment === undefined ? '' : `${environment}: `;
      const from = key === step.key && place === '' ? '' : `from ${place}${renderName(key)}`;
      return [paint('yellow', '~'), renderName(step.key), reasonTexts[step.reason], from];
    }
    case 'keep':
      return [paint('dim', '='), renderName(step.key), reasonTexts[step.reason], renderBytes(step.size)];
    case 'invalidate':
      return [
        paint('cyan', '!'),
        renderList(step.items, mostItems),
        `forgotten by ${step.edge}`,
        renderInvalidation(step),
      ];
  }
}

/** `warning:` lines, cut with a count. */
export function renderWarnings(messages: readonly string[], paint: Paint): string {
  const { shown, hidden } = cutRows(messages, mostWarnings);
  const lines = shown.map((message) => `${paint('yellow', 'warning:')} ${renderName(message)}`);
  if (hidden > 0) lines.push(`… and ${renderNumber(hidden)} more warnings (--json lists all)`);
  return lines.join('\n');
}
