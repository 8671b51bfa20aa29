import type { Draft } from './draft.ts';
import { PlanError } from './errors/errors.ts';
import { type ExecuteOptions, execute } from './execute.ts';
import { rollbackTarget } from './manifest/live.ts';
import type { Receipt } from './receipt.ts';
import { withReplans } from './replan.ts';
import { planRestore } from './restore.ts';
import type { Session } from './session.ts';

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

export function planRollback(session: Session, options: Pick<RollbackOptions, 'to' | 'message'>): Promise<Draft> {
  const name = session.environment.name;
  return planRestore(session, {
    operation: 'rollback',
    message: options.message,
    // What stands at a key of an older version was ours to replace then, and its body is kept where it is known.
    adopt: false,
    choose({ live }) {
      const to = options.to ?? rollbackTarget(live);
      if (to !== undefined) return to;
      throw new PlanError(
        'NOTHING_LIVE',
        `There is no version before ${live.version || 'the first one'} in ${name} to go back to`,
        { hint: `See \`waybill versions --env ${name}\`; any version can be named with --to.` },
      );
    },
  });
}
