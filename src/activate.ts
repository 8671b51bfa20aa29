import type { Draft } from './draft.ts';
import { PlanError } from './errors/errors.ts';
import { type ExecuteOptions, execute } from './execute.ts';
import type { Live } from './manifest/live.ts';
import { nameShard, renderNumbers } from './plan/split.ts';
import type { Receipt } from './receipt.ts';
import { planRestore } from './restore.ts';
import type { Session } from './session.ts';
import { readStagesUnderWay } from './stages.ts';

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
    async choose({ live }) {
      const staged = live.staged?.find(({ version }) => version === to) ?? (await readWholeStage(session, live, to));
      if (staged && !allowOlder) refuseMoved(session.environment.name, live, to, staged.base);
      return to;
    },
  });
}

/** What shards stage and nobody has put together yet: with all parts in place it is as good as staged. Throws STAGE_INCOMPLETE. */
async function readWholeStage(session: Session, live: Live, to: number): Promise<{ base: number } | undefined> {
  const stages = await readStagesUnderWay(session, live);
  const found = stages.find(({ stage }) => stage.version === to);
  if (found === undefined || found.isComplete) return found?.stage;
  const { name } = session.environment;
  const parts = found.progress.map(
    ({ count, missing }) => `${missing.length === 1 ? 'part' : 'parts'} ${renderNumbers(missing)} of ${count}`,
  );
  const [first] = found.progress;
  const shards = (first?.missing ?? [])
    .slice(0, 3)
    .map((index) => `--shard ${nameShard({ index, count: first?.count ?? 0 })}`);
  throw new PlanError(
    'STAGE_INCOMPLETE',
    `Version ${to} of ${name} is not whole: ${parts.join(', or ') || 'all parts'} missing. Nothing was changed.`,
    {
      hint: `Wait for the shards that are under way, or run \`waybill deploy --env ${name} --stage\` with ${shards.join(', ') || '`--shard`'}, then activate.`,
    },
  );
}

/** What was compared and reviewed when the version was staged was the difference to the version that was live then. */
function refuseMoved(name: string, live: Live, to: number, staged: number): void {
  if (staged === live.version) return;
  const base = staged === 0 ? 'nothing was live' : `version ${staged} was live`;
  throw new PlanError(
    'PLAN_STALE',
    `Version ${to} of ${name} was staged while ${base}, and version ${live.version} is live now. Nothing was changed.`,
    { hint: 'Stage it again on top of what is live, or pass --allow-older to make it live all the same.' },
  );
}
