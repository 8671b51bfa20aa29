import { withReplans } from './deploy.ts';
import { type Draft, makeDraft } from './draft.ts';
import { PlanError } from './errors/errors.ts';
import { type ExecuteOptions, execute } from './execute.ts';
import { inspect } from './inspect.ts';
import { pickLookup } from './lookup.ts';
import { rollbackTarget } from './manifest/live.ts';
import { readManifest } from './manifest/store.ts';
import { observe } from './observe.ts';
import type { Receipt } from './receipt.ts';
import { refuseUnrestorable } from './restorable.ts';
import type { Session } from './session.ts';
import { unknownVersion } from './versions.ts';

export interface RollbackOptions extends ExecuteOptions {
  /** Without it: the version before the live one that no rollback has left, or the live one itself after a half-applied deploy. */
  readonly to?: number;
  readonly message?: string;
  readonly replan?: boolean;
}

/**
 * Makes an older version live again by copies at the origin; nothing is built or uploaded. Throws VERSION_UNKNOWN, NOTHING_LIVE or
 * NOT_RESTORABLE before anything is written, ApplyError after that.
 */
export function rollback(session: Session, options: RollbackOptions): Promise<Receipt> {
  return withReplans(options.replan ?? false, async () =>
    execute(session, await planRollback(session, options), options),
  );
}

export async function planRollback(session: Session, options: Pick<RollbackOptions, 'to' | 'message'>): Promise<Draft> {
  const observation = await observe(session, { list: true });
  const { state } = observation;
  const name = session.environment.name;
  if (!state) throw nothing(`Nothing was deployed to ${name} yet`, 'Deploy first.');
  const to = options.to ?? rollbackTarget(state.live);
  if (to === undefined) {
    throw nothing(
      `There is no version before ${state.live.version || 'the first one'} in ${name} to go back to`,
      `See \`waybill versions --env ${name}\`; any version can be named with --to.`,
    );
  }
  const target = to === state.live.version ? observation.live : await readManifest(session.state, to, session.call);
  if (!target) throw await unknownVersion(session, to);
  refuseUnrestorable(state.live, to, name);
  const inspection = await inspect(session, observation, target.files, { adopt: false });
  const draft = makeDraft(session, {
    operation: 'rollback',
    version: to,
    files: target.files,
    lookup: pickLookup(target),
    source: target.source,
    message: options.message,
    bodies: new Map(),
    existing: target,
    observation,
    inspection,
    // What stands at a key of an older version was ours to replace then, and its body is kept where it is known.
    adopt: false,
    allowLarge: true,
    warnings: [],
  });
  session.emit({ kind: 'planned', plan: draft.plan });
  return draft;
}

function nothing(message: string, hint: string): PlanError {
  return new PlanError('NOTHING_LIVE', message, { hint });
}
