import { PlanError } from '../errors/errors.ts';
import type { Lookup } from '../model.ts';
import { type Differences, diff, type World } from './diff.ts';
import { digestPlan } from './digest.ts';
import { type Guards, guard } from './guard.ts';
import { type EdgeView, invalidateSteps, staleKeys } from './invalidation.ts';
import { type Ordered, order } from './order.ts';
import { orderStage } from './stage.ts';
import type { Operation, Owed, Phase, PhaseName, Plan, PlanSummary, Step, Warning } from './types.ts';
import { digestWanted } from './wanted.ts';

export interface PlanInputs {
  readonly operation: Operation;
  readonly environment: string;
  readonly from: Plan['from'] | undefined;
  readonly cdnUrl: string;
  /** The live version; 0 before the first. */
  readonly base: number;
  readonly version: number;
  readonly world: World;
  /** What logical paths mean beyond the files. */
  readonly lookup: Lookup;
  readonly edges: readonly EdgeView[];
  readonly owed: readonly Owed[];
  readonly guards: Guards;
  readonly warnings: readonly Warning[];
  /** Names the place of a kept body. */
  readonly objectKey: (sha256: string) => string;
  /** sha256 in hex; handed in because this folder uses no module of Node's. */
  readonly hash: (text: string) => string;
}

/** Throws FOREIGN_OBJECTS, IMMUTABLE_CHANGED, LIMIT_EXCEEDED, HEADER_UNSUPPORTED, SOURCE_TOO_LARGE or NOT_RESTORABLE. */
export function makePlan(inputs: PlanInputs): Plan {
  const { world, guards } = inputs;
  const differences = diff(world);
  guard(world.local ? differences : { ...differences, rewritten: [] }, world.wanted, world.live, guards);
  const staging = inputs.operation === 'stage';
  const ordered = (staging ? orderStage : order)(world, differences.changes, inputs.objectKey);
  if (ordered.unrestorable.length > 0) throw notRestorable(inputs, ordered);
  const phases = staging ? ordered.phases : withInvalidations(inputs, differences, ordered.phases);
  const plan: Omit<Plan, 'digest'> = {
    kind: 'plan',
    format: 1,
    operation: inputs.operation,
    environment: inputs.environment,
    ...(inputs.from === undefined ? {} : { from: inputs.from }),
    base: inputs.base,
    version: inputs.version,
    cdnUrl: inputs.cdnUrl,
    summary: summarize(phases, differences.unchanged, inputs.edges),
    warnings: [...inputs.warnings, ...lostWarnings(inputs, ordered)],
    owed: inputs.owed,
    wanted: digestWanted(world.wanted, inputs.lookup, inputs.hash),
    phases,
  };
  return { ...plan, digest: digestPlan(plan, inputs.hash) };
}

/** Each phase ends with the invalidation of what it made stale; a phase may consist of nothing else. */
function withInvalidations(inputs: PlanInputs, differences: Differences, phases: readonly Phase[]): Phase[] {
  const stale = staleKeys(inputs.world, differences.changes);
  const byName = new Map<PhaseName, readonly Step[]>(phases.map((phase) => [phase.name, phase.steps]));
  return (['immutable', 'mutable', 'entry'] as const).flatMap((name) => {
    const keys = stale.get(name) ?? new Set<string>();
    const steps = [
      ...(byName.get(name) ?? []),
      ...invalidateSteps(inputs.edges, inputs.cdnUrl, keys, inputs.base === 0),
    ];
    return steps.length === 0 ? [] : [{ name, steps }];
  });
}

export function summarize(phases: readonly Phase[], unchanged: number, edges: readonly EdgeView[]): PlanSummary {
  const steps = phases.flatMap((phase) => phase.steps);
  const uploads = steps.filter((step) => step.kind === 'upload' || step.kind === 'store');
  const invalidations = steps.filter((step) => step.kind === 'invalidate');
  const price = new Map(edges.map((edge) => [edge.name, edge.traits.price.perItemUsd]));
  const usd = invalidations.reduce((sum, step) => sum + step.items.length * (price.get(step.edge) ?? 0), 0);
  return {
    upload: uploads.length,
    copy: steps.filter((step) => step.kind === 'copy').length,
    unchanged,
    invalidate: invalidations.reduce((sum, step) => sum + step.items.length, 0),
    bytes: uploads.reduce((sum, step) => sum + step.size, 0),
    invalidationUsd: Math.round(usd * 1e6) / 1e6,
  };
}

function notRestorable(inputs: PlanInputs, ordered: Ordered): PlanError {
  const names = ordered.unrestorable.map((file) => file.path);
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return new PlanError(
    'NOT_RESTORABLE',
    `Version ${inputs.version} of ${inputs.environment} cannot be restored: the origin no longer has ${names.slice(0, 5).join(', ')}${more}. Nothing was changed.`,
    { hint: 'Choose another version (`waybill versions`), or check that commit out and deploy it.' },
  );
}

function lostWarnings(inputs: PlanInputs, ordered: Ordered): Warning[] {
  if (ordered.lost.length === 0) return [];
  const names = ordered.lost.slice(0, 5).map((file) => file.path);
  return [
    {
      code: 'NOT_RESTORABLE',
      message: `Version ${inputs.base} can no longer be restored after this: somebody changed or removed ${names.join(', ')} at the origin, and no copy was kept`,
    },
  ];
}

/** Whether applying the plan would change anything at the origin or an edge. */
export function isEmpty(plan: Plan): boolean {
  return plan.phases.length === 0 && plan.version === plan.base;
}
