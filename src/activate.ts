import type { Draft } from './draft.ts';
import { PlanError } from './errors/errors.ts';
import { type ExecuteOptions, execute } from './execute.ts';
import type { Live } from './manifest/live.ts';
import type { Receipt } from './receipt.ts';
import { planRestore } from './restore.ts';
import type { Session } from './session.ts';

export interface ActivateOptions extends ExecuteOptions {
  readonly to: number;
  readonly message?: string;
  /** Also where another version became live after this one was staged. */
  readonly allowOlder?: boolean;
  /** Takes over objects of others at wanted keys. */
  readonly adopt?: boolean;
}

/**
 * Makes a staged version live: copies from `objects/`, invalidation, outputs; nothing is uploaded. Also takes a version that was live
 * before. Throws PLAN_STALE where the live version is not the one it was staged beside, else as `rollback`.
 */
export async function activate(session: Session, options: ActivateOptions): Promise<Receipt> {
  return execute(session, await planActivate(session, options), options);
}

export function planActivate(
  session: Session,
  { to, message, allowOlder, adopt }: Pick<ActivateOptions, 'to' | 'message' | 'allowOlder' | 'adopt'>,
): Promise<Draft> {
  return planRestore(session, {
    operation: 'activate',
    message,
    adopt: adopt ?? false,
    choose({ live }) {
      if (!allowOlder) refuseMoved(session.environment.name, live, to);
      return to;
    },
  });
}

/** What was compared and reviewed when the version was staged was the difference to the version that was live then. */
function refuseMoved(name: string, live: Live, to: number): void {
  const staged = live.staged?.find((entry) => entry.version === to);
  if (!staged || staged.base === live.version) return;
  const base = staged.base === 0 ? 'nothing was live' : `version ${staged.base} was live`;
  throw new PlanError(
    'PLAN_STALE',
    `Version ${to} of ${name} was staged while ${base}, and version ${live.version} is live now. Nothing was changed.`,
    { hint: 'Stage it again on top of what is live, or pass --allow-older to make it live all the same.' },
  );
}
