import type { Phase, PhaseName, Plan, Step } from '../plan/types.ts';
import { tellInTurn } from './edges.ts';
import { performStep, type StepContext } from './steps.ts';

export interface PhaseContext extends StepContext {
  /** Throws LOCK_LOST. Asked before every step. */
  readonly checkLock: () => void;
  /** How long an outer edge waits for an inner one to settle, in milliseconds. */
  readonly settleTimeoutMs: number;
  /** The number the version really got. */
  readonly version: number;
}

/** Runs one phase of the plan: wave after wave, and within a wave side by side. The first failure stops everything after it. */
export async function applyPhase(context: PhaseContext, plan: Plan, name: PhaseName): Promise<void> {
  const phase = plan.phases.find((one) => one.name === name);
  if (!phase) return;
  const { session, ledger } = context;
  ledger.phase = name;
  session.emit({ kind: 'phase-started', phase: name, steps: countAssets(phase), bytes: countBytes(phase) });
  for (const wave of waves(phase)) await applyWave(context, phase, wave);
  session.emit({ kind: 'phase-done', phase: name });
}

function isAssetStep(step: Step): boolean {
  return step.kind === 'upload' || step.kind === 'copy' || step.kind === 'store';
}

/** Steps that bring an asset; kept bodies and invalidations do not. */
export function countAssets(phase: Phase): number {
  return phase.steps.filter(isAssetStep).length;
}

function countBytes(phase: Phase): number {
  return phase.steps.reduce((sum, step) => sum + (step.kind === 'upload' || step.kind === 'store' ? step.size : 0), 0);
}

function waves(phase: Phase): Step[][] {
  const byWave = new Map<number, Step[]>();
  for (const step of phase.steps) {
    const list = byWave.get(step.wave);
    if (list) list.push(step);
    else byWave.set(step.wave, [step]);
  }
  return [...byWave].sort(([a], [b]) => a - b).map(([, steps]) => steps);
}

/** As many workers as the origin takes at once; after a failure the others finish what they have in hand and take nothing new. */
async function applyWave(context: PhaseContext, phase: Phase, steps: readonly Step[]): Promise<void> {
  const queue = steps.values();
  let failure: { error: unknown } | undefined;
  const work = async (): Promise<void> => {
    for (const step of queue) {
      if (failure) return;
      try {
        context.checkLock();
        context.session.call.signal.throwIfAborted();
        await applyStep(context, step);
        if (isAssetStep(step)) context.ledger.done[phase.name]++;
        context.session.emit({ kind: 'step-done', phase: phase.name, step });
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  const workers = Math.min(steps.length, context.session.origin.traits.concurrency);
  await Promise.all(Array.from({ length: workers }, work));
  if (failure) throw failure.error;
}

async function applyStep(context: PhaseContext, step: Step): Promise<void> {
  if (step.kind !== 'invalidate') return performStep(context, step);
  const { session, ledger } = context;
  const owed = ledger.owed.find((one) => one.edge === step.edge && one.items === step.items);
  if (owed) await tellInTurn(session, ledger, owed, context.settleTimeoutMs);
}
