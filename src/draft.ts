import type { Inspection } from './inspect.ts';
import { objectKey } from './manifest/keys.ts';
import type { Body, Lookup, Manifest, ManifestFile, Provenance } from './model.ts';
import type { Observation } from './observe.ts';
import { makePlan } from './plan/build.ts';
import type { World } from './plan/diff.ts';
import type { Plan, Warning } from './plan/types.ts';
import { sha256Hex } from './provider/bytes.ts';
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
  /** The manifest that exists already and that the run makes live: a rollback's, or that of an unfinished deploy. */
  readonly existing: Manifest | undefined;
  readonly observation: Observation;
  readonly inspection: Inspection;
}

export interface DraftInputs extends Omit<Draft, 'plan'> {
  readonly operation: 'deploy' | 'rollback';
  readonly version: number;
  readonly adopt: boolean;
  readonly allowLarge: boolean;
  readonly warnings: readonly Warning[];
}

/** Puts what was collected and what was observed together into a plan. Throws what `makePlan` throws. */
export function makeDraft(session: Session, inputs: DraftInputs): Draft {
  const { environment } = session;
  const { observation, inspection } = inputs;
  const world: World = {
    wanted: inputs.files,
    local: inputs.operation === 'deploy',
    seen: inspection.seen,
    missing: inspection.missing,
    kept: inspection.kept,
    live: observation.live,
    applying: observation.applying,
  };
  const plan = makePlan({
    operation: inputs.operation,
    environment: environment.name,
    cdnUrl: environment.url,
    base: observation.state?.live.version ?? 0,
    version: inputs.version,
    world,
    lookup: inputs.lookup,
    edges: session.edges,
    invalidation: environment.invalidation,
    owed: observation.state?.live.owed ?? [],
    guards: {
      origin: session.origin,
      environment: environment.name,
      limits: environment.limits,
      adopt: inputs.adopt,
      allowLarge: inputs.allowLarge,
    },
    warnings: inputs.warnings,
    objectKey,
    hash: sha256Hex,
  });
  const { files, lookup, source, message, bodies, existing } = inputs;
  return { plan, files, lookup, source, message, bodies, existing, observation, inspection };
}
