import picomatch from 'picomatch';
import type { Limits } from './config/types.ts';
import type { Inspection } from './inspect.ts';
import { objectKey } from './manifest/keys.ts';
import type { Body, Lookup, Manifest, ManifestFile, Provenance } from './model.ts';
import type { Observation } from './observe.ts';
import { makePlan } from './plan/build.ts';
import type { World } from './plan/diff.ts';
import type { PlanLimits } from './plan/limits.ts';
import type { Operation, Plan, Warning } from './plan/types.ts';
import { sha256Hex } from './provider/bytes.ts';
import type { CopyPlace } from './provider/contract.ts';
import type { Session } from './session.ts';

/** A plan, and what it takes to carry it out. */
export interface Draft {
  readonly plan: Plan;
  /** All of the version that the plan makes live, sorted by key. */
  readonly files: readonly ManifestFile[];
  readonly lookup: Lookup;
  readonly source: Provenance;
  readonly message: string | undefined;
  /** Bytes by key; empty for a rollback. */
  readonly bodies: ReadonlyMap<string, Body>;
  /** Where copies from another environment are taken from. */
  readonly elsewhere?: CopyPlace;
  /** The manifest that exists already and that the run makes live: a rollback's, or that of an unfinished deploy. */
  readonly existing: Manifest | undefined;
  readonly observation: Observation;
  readonly inspection: Inspection;
}

export interface DraftInputs extends Omit<Draft, 'plan'> {
  readonly operation: Operation;
  /** Bodies that can be copied from another environment's origin, by sha256. */
  readonly sources?: World['sources'];
  /** Where a promoted version comes from. */
  readonly from?: Plan['from'];
  /** Which part of a version this run stages; all of it unless said. */
  readonly shard?: Plan['shard'];
  readonly version: number;
  readonly adopt: boolean;
  readonly allowLarge: boolean;
  readonly warnings: readonly Warning[];
}

/** The planner knows no globs. */
function compileLimits({ required, ...limits }: Limits): PlanLimits {
  const compiled = required.map((pattern) => ({ pattern, matches: picomatch(pattern, { dot: true, windows: false }) }));
  return { ...limits, required: compiled };
}

/** Puts what was collected and what was observed together into a plan. Throws what `makePlan` throws. */
export function makeDraft(session: Session, inputs: DraftInputs): Draft {
  const { environment } = session;
  const { observation, inspection } = inputs;
  const world: World = {
    wanted: inputs.files,
    local: inputs.operation !== 'rollback' && inputs.operation !== 'activate',
    seen: inspection.seen,
    missing: inspection.missing,
    kept: inspection.kept,
    live: observation.live,
    applying: observation.applying,
    ...(inputs.sources === undefined ? {} : { sources: inputs.sources }),
  };
  const plan = makePlan({
    operation: inputs.operation,
    environment: environment.name,
    from: inputs.from,
    shard: inputs.shard,
    cdnUrl: environment.url,
    base: observation.state?.live.version ?? 0,
    version: inputs.version,
    world,
    lookup: inputs.lookup,
    edges: session.edges,
    invalidation: environment.invalidation,
    // What is staged changes nothing that an edge could hold, so it is no time to pay.
    owed: inputs.operation === 'stage' ? [] : (observation.state?.live.owed ?? []),
    guards: {
      origin: session.origin,
      environment: environment.name,
      limits: compileLimits(environment.limits),
      adopt: inputs.adopt,
      allowLarge: inputs.allowLarge,
    },
    warnings: inputs.warnings,
    objectKey,
    hash: sha256Hex,
  });
  const { files, lookup, source, message, bodies, existing, elsewhere } = inputs;
  const rest = { bodies, existing, observation, inspection, ...(elsewhere === undefined ? {} : { elsewhere }) };
  return { plan, files, lookup, source, message, ...rest };
}
