import { UsageError } from '../../errors/errors.ts';
import type { PruneRequest } from '../../plan/prune-types.ts';
import { planPrune, prune as pruneVersions } from '../../prune.ts';
import type { PruneReceipt } from '../../receipt.ts';
import type { Invocation, RunCommand } from '../command.ts';
import { confirmProtected } from '../confirm.ts';
import { withSession } from '../context.ts';
import { renderPruneFlags, renderPrunePlan, renderPruneReceipt } from '../render/prune.ts';
import { toWaitOptions } from '../wait.ts';

interface PruneFlags {
  readonly keep?: number;
  /** In milliseconds. */
  readonly olderThan?: number;
  readonly removed?: boolean;
  readonly path?: string;
  readonly everyVersion?: boolean;
  readonly dryRun?: boolean;
}

export const prune: RunCommand<PruneFlags> = async (invocation) => {
  const { flags, terminal } = invocation;
  const request = toRequest(flags);
  if (flags.dryRun === true) return await dryRun(invocation, request);
  const receipt = await withSession<PruneReceipt>(invocation, {
    readonly: false,
    run: ({ session, display }) =>
      pruneVersions(session, {
        ...request,
        ...toWaitOptions({}),
        confirm: (plan) =>
          confirmProtected(
            { ...invocation, display },
            {
              environment: plan.environment,
              text: 'Remove this?',
              review: `waybill prune --env ${plan.environment}${renderPruneFlags(request)} --dry-run`,
              render: (paint) => renderPrunePlan(plan, { paint }),
            },
          ),
      }),
    shownWarnings: (made) => made.warnings,
  });
  terminal.print(receipt, (paint) => renderPruneReceipt(receipt, paint));
  return 0;
};

/** Throws UsageError for a path that is not said to mean every version. */
function toRequest({ keep, olderThan, removed, path, everyVersion }: PruneFlags): PruneRequest {
  if (path !== undefined && everyVersion !== true) {
    throw new UsageError('USAGE', '--path needs --every-version.', {
      hint: 'A path is taken down from all versions, which can then not be restored; there is no taking it out of one. Say so with --every-version.',
    });
  }
  if (path === undefined && everyVersion === true) {
    throw new UsageError('USAGE', '--every-version needs --path.', {
      hint: 'Name the files that shall go with --path.',
    });
  }
  return {
    ...(keep === undefined ? {} : { keep }),
    ...(olderThan === undefined ? {} : { olderThanMs: olderThan }),
    ...(removed === undefined ? {} : { removed }),
    ...(path === undefined ? {} : { path }),
  };
}

async function dryRun(invocation: Invocation<PruneFlags>, request: PruneRequest): Promise<number> {
  const plan = await withSession(invocation, {
    readonly: true,
    run: ({ session }) => planPrune(session, request),
    shownWarnings: ({ warnings }) => warnings.map(({ message }) => message),
  });
  const next = `waybill prune --env ${plan.environment}${renderPruneFlags(request)}`;
  invocation.terminal.print(plan, (paint) => renderPrunePlan(plan, { paint, next }));
  return 0;
}
