import { commandOf } from '../plan/command.ts';
import type { PhaseName, Plan } from '../plan/types.ts';
import type { Ledger } from './ledger.ts';
import { countAssets } from './phases.ts';

/** What visitors see after a run broke off, and what to do next. */
export function describeFailure(
  plan: Plan,
  ledger: Ledger,
  version: number,
  isLive: boolean,
): { now: string; next: string } {
  const command = commandOf(plan, version);
  const before = plan.base === 0 ? 'the site as it was before the first deploy' : `version ${plan.base}`;
  if (isLive) {
    return { now: `Version ${version} is live and complete.`, next: `Run \`${command}\` again for what is left.` };
  }
  if (ledger.phase === undefined || ledger.phase === 'immutable') {
    const files = `${ledger.uploaded.files} of ${plan.summary.upload} files are uploaded`;
    return {
      now: `Visitors still see ${before}; ${files}.`,
      next: `Run \`${command}\` again: it continues where this run stopped.`,
    };
  }
  const [done, all] = stableProgress(plan, ledger);
  const canUndo = plan.base !== 0 && version !== plan.base;
  const undo = canUndo
    ? `, or \`waybill rollback --env ${plan.environment} --to ${plan.base}\` to return to version ${plan.base}`
    : '';
  if (done === 0) {
    return { now: `Visitors still see ${before}.`, next: `Run \`${command}\` again to finish${undo}.` };
  }
  // What is left is to record it, and a store that got the record may not have been heard.
  if (done === all) {
    return {
      now: `All ${all} stable files have switched to version ${version}; this run has not heard that it is recorded as live.`,
      next: `Run \`${command}\` again to finish${undo}.`,
    };
  }
  return {
    now: `Visitors see ${before} with ${done} of ${all} stable files already switched to version ${version}.`,
    next: `Run \`${command}\` again to finish${undo}.`,
  };
}

function stableProgress(plan: Plan, ledger: Ledger): [number, number] {
  const names: readonly PhaseName[] = ['mutable', 'entry'];
  const phases = plan.phases.filter((phase) => names.includes(phase.name));
  return [ledger.done.mutable + ledger.done.entry, phases.reduce((sum, phase) => sum + countAssets(phase), 0)];
}
