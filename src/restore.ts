import { type Draft, makeDraft } from './draft.ts';
import { PlanError } from './errors/errors.ts';
import { inspect } from './inspect.ts';
import { pickLookup } from './lookup.ts';
import { readManifest } from './manifest/store.ts';
import { type Observation, observe } from './observe.ts';
import { refuseUnrestorable } from './restorable.ts';
import type { Session } from './session.ts';
import { unknownVersion } from './versions.ts';

export interface RestoreInputs {
  readonly operation: 'rollback' | 'activate';
  /** Chooses the version; throws where there is none to choose. */
  readonly choose: (state: NonNullable<Observation['state']>) => number | Promise<number>;
  readonly message: string | undefined;
  readonly adopt: boolean;
}

/**
 * The plan that makes a version live whose bodies are at the origin. Throws NOTHING_LIVE, VERSION_UNKNOWN or NOT_RESTORABLE, and what
 * `choose` throws.
 */
export async function planRestore(session: Session, inputs: RestoreInputs): Promise<Draft> {
  const { operation, message, adopt } = inputs;
  const observation = await observe(session, { list: true });
  const { state } = observation;
  if (!state) {
    const name = session.environment.name;
    throw new PlanError('NOTHING_LIVE', `Nothing was deployed to ${name} yet`, { hint: 'Deploy first.' });
  }
  const version = await inputs.choose(state);
  refuseUnrestorable(state.live, version, session.environment.name);
  const isLive = version === state.live.version;
  const target = isLive ? observation.live : await readManifest(session.state, version, session.call);
  if (!target) throw await unknownVersion(session, version);
  const inspection = await inspect(session, observation, target.files, { adopt });
  const draft = makeDraft(session, {
    operation,
    version,
    files: target.files,
    lookup: pickLookup(target),
    source: target.source,
    message,
    bodies: new Map(),
    existing: target,
    observation,
    inspection,
    adopt,
    allowLarge: true,
    warnings: [],
  });
  session.emit({ kind: 'planned', plan: draft.plan });
  return draft;
}
