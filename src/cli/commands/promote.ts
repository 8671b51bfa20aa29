import { resolveEnvironment } from '../../config/environment.ts';
import { UsageError } from '../../errors/errors.ts';
import { planPromotion, promote as promoteVersion } from '../../promote.ts';
import type { Receipt } from '../../receipt.ts';
import { openSession, type Session } from '../../session.ts';
import { verified } from '../../verified.ts';
import type { Invocation, RunCommand } from '../command.ts';
import { makeConfirm } from '../confirm.ts';
import { loadTarget, withSession } from '../context.ts';
import { renderDocument } from '../render/document.ts';
import { renderPlan } from '../render/plan.ts';
import { type EndFlags, toEndOptions } from '../wait.ts';
import { type PlanningFlags, toPlanOptions } from './plan.ts';

interface PromoteFlags extends PlanningFlags, EndFlags {
  readonly from: string;
  readonly to?: number;
  readonly allowUrl?: boolean;
  readonly dryRun?: boolean;
  readonly replan?: boolean;
}

export const promote: RunCommand<PromoteFlags> = async (invocation) => {
  const { flags, terminal } = invocation;
  const options = {
    ...toPlanOptions(flags),
    ...(flags.to === undefined ? {} : { version: flags.to }),
    allowUrl: flags.allowUrl ?? false,
  };
  if (flags.dryRun === true) {
    const { draft } = await withBoth(invocation, true, ({ source, target }) => planPromotion(source, target, options));
    terminal.print(draft.plan, (paint) => renderPlan(draft.plan, { paint }));
    return 0;
  }
  const receipt = await withBoth<Receipt>(invocation, false, ({ source, target, confirm }) =>
    verified((session, all) => promoteVersion(source, session, all), target, {
      ...options,
      ...toEndOptions(flags),
      replan: flags.replan ?? false,
      confirm,
    }),
  );
  terminal.print(receipt, (paint) => renderDocument(receipt, paint) ?? '');
  return 0;
};

interface Both {
  readonly source: Session;
  readonly target: Session;
  readonly confirm: ReturnType<typeof makeConfirm>;
}

/** Opens the environment of --env, then that of --from. Throws UsageError where they are the same. */
async function withBoth<T>(
  invocation: Invocation<PromoteFlags>,
  readonly: boolean,
  run: (both: Both) => Promise<T>,
): Promise<T> {
  const { flags, io } = invocation;
  const { config, environment } = await loadTarget(invocation);
  const from = resolveEnvironment(config, { flag: flags.from, env: io.env });
  if (from.name === environment.name) {
    const message = `--from and --env both name ${from.name}; a version is promoted to another environment.`;
    throw new UsageError('USAGE', message, { hint: 'To make an older version live again, use `waybill rollback`.' });
  }
  return await withSession(invocation, {
    readonly,
    run: async ({ session, display }) => {
      const source = await openSession({ ...session, environment: from });
      try {
        return await run({ source, target: session, confirm: makeConfirm({ ...invocation, display }) });
      } finally {
        await source.close();
      }
    },
  });
}
