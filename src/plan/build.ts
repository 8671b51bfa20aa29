import { PlanError } from '../errors/errors.ts';
import type { Lookup } from '../model.ts';
import { tagHeader } from '../tags.ts';
import { type Differences, diff, type World } from './diff.ts';
import { digestPlan } from './digest.ts';
import { type Guards, guard } from './guard.ts';
import { type EdgeView, type InvalidationPolicy, type Invalidations, planInvalidations } from './invalidation.ts';
import { type Ordered, order } from './order.ts';
import type { Shard } from './split.ts';
import { orderStage } from './stage.ts';
import { findStale, findStanding } from './stale.ts';
import { queryWarnings, staleWarnings } from './stale-warnings.ts';
import type { Operation, Owed, Phase, PhaseName, Plan, PlanSummary, Step, Warning } from './types.ts';
import { digestWanted } from './wanted.ts';

export interface PlanInputs {
  readonly operation: Operation;
  readonly environment: string;
  readonly from: Plan['from'] | undefined;
  readonly shard?: Shard | undefined;
  readonly cdnUrl: string;
  /** The live version; 0 before the first. */
  readonly base: number;
  readonly version: number;
  readonly world: World;
  /** What logical paths mean beyond the files. */
  readonly lookup: Lookup;
  readonly edges: readonly EdgeView[];
  readonly invalidation: InvalidationPolicy;
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
  const { changes } = differences;
  const ordered = staging
    ? orderStage(world, changes, inputs.objectKey, inputs.shard)
    : order(world, changes, inputs.objectKey);
  if (ordered.unrestorable.length > 0) throw notRestorable(inputs, ordered);
  const invalidations = staging ? nothingStale : invalidate(inputs, differences);
  const phases = withInvalidations(ordered.phases, invalidations);
  const plan: Omit<Plan, 'digest'> = {
    kind: 'plan',
    format: 1,
    operation: inputs.operation,
    environment: inputs.environment,
    ...(inputs.from === undefined ? {} : { from: inputs.from }),
    ...(inputs.shard === undefined ? {} : { shard: inputs.shard }),
    base: inputs.base,
    version: inputs.version,
    cdnUrl: inputs.cdnUrl,
    summary: summarize(phases, differences.unchanged),
    warnings: [
      ...inputs.warnings,
      ...lostWarnings(inputs, ordered),
      ...staleWarnings(invalidations.left),
      ...queryWarnings(inputs.edges, phases),
    ],
    owed: inputs.owed,
    ...(invalidations.left.length === 0 ? {} : { stale: invalidations.left }),
    wanted: digestWanted(world.wanted, inputs.lookup, inputs.hash),
    phases,
  };
  return { ...plan, digest: digestPlan(plan, inputs.hash) };
}

/** Nobody sees what is staged. */
const nothingStale: Invalidations = { steps: new Map(), left: [] };

function invalidate(inputs: PlanInputs, differences: Differences): Invalidations {
  const { world, edges, cdnUrl, invalidation, base, guards } = inputs;
  const stale = findStale(world, differences.changes);
  return planInvalidations({
    edges,
    url: cdnUrl,
    policy: invalidation,
    stale,
    standing: () => findStanding(world, stale),
    tagHeader: ({ tagging }) => tagging && tagHeader(tagging.header, guards.origin.traits.headers),
    isFirst: base === 0,
  });
}

/** Each phase ends with the invalidation of what it made stale; a phase may consist of nothing else. */
function withInvalidations(phases: readonly Phase[], invalidations: Invalidations): Phase[] {
  const byName = new Map<PhaseName, readonly Step[]>(phases.map((phase) => [phase.name, phase.steps]));
  return (['immutable', 'mutable', 'entry'] as const).flatMap((name) => {
    const told = name === 'immutable' ? [] : (invalidations.steps.get(name) ?? []);
    const steps = [...(byName.get(name) ?? []), ...told];
    return steps.length === 0 ? [] : [{ name, steps }];
  });
}

function summarize(phases: readonly Phase[], unchanged: number): PlanSummary {
  const steps = phases.flatMap((phase) => phase.steps);
  const uploads = steps.filter((step) => step.kind === 'upload' || step.kind === 'store');
  const invalidations = steps.filter((step) => step.kind === 'invalidate');
  return {
    upload: uploads.length,
    copy: steps.filter((step) => step.kind === 'copy').length,
    unchanged,
    invalidate: invalidations.reduce((sum, step) => sum + step.items.length, 0),
    bytes: uploads.reduce((sum, step) => sum + step.size, 0),
    invalidationUsd: Math.round(invalidations.reduce((sum, step) => sum + step.usd, 0) * 1e6) / 1e6,
    evicted: invalidations.reduce((sum, step) => sum + step.evicts.bytes, 0),
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
