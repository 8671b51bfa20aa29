import { deploy as deployVersion } from '../../deploy.ts';
import { PlanError } from '../../errors/errors.ts';
import { commandOf } from '../../plan/command.ts';
import type { Receipt } from '../../receipt.ts';
import { verified } from '../../verified.ts';
import type { Invocation, RunCommand } from '../command.ts';
import { makeConfirm } from '../confirm.ts';
import { withSession } from '../context.ts';
import { type ExpectFlags, readExpected } from '../expected.ts';
import { renderDocument } from '../render/document.ts';
import { renderPlan } from '../render/plan.ts';
import { type EndFlags, toEndOptions } from '../wait.ts';
import { makePlan, type PlanningFlags, renderPlanningFlags, toPlanOptions } from './plan.ts';

interface DeployFlags extends PlanningFlags, EndFlags, ExpectFlags {
  readonly dryRun?: boolean;
  readonly replan?: boolean;
  readonly stage?: boolean;
}

export const deploy: RunCommand<DeployFlags> = async (invocation) => {
  const { flags, terminal } = invocation;
  const expect = await readExpected(invocation);
  if (flags.dryRun === true) return await dryRun(invocation, expect);
  const receipt = await withSession<Receipt>(invocation, {
    readonly: false,
    run: ({ session, display }) =>
      verified(deployVersion, session, {
        ...toPlanOptions(flags),
        ...toEndOptions(flags),
        ...(expect === undefined ? {} : { expect }),
        replan: flags.replan ?? false,
        stage: flags.stage ?? false,
        confirm: makeConfirm({ ...invocation, display }),
      }),
    shownWarnings: (made) => made.warnings,
  });
  terminal.print(receipt, (paint) => renderDocument(receipt, paint) ?? '');
  return 0;
};

async function dryRun(invocation: Invocation<DeployFlags>, expect: string | undefined): Promise<number> {
  const { flags } = invocation;
  const drafted = await makePlan(invocation, { ...toPlanOptions(flags), stage: flags.stage ?? false });
  if (expect !== undefined && expect !== drafted.digest) {
    throw new PlanError('PLAN_STALE', `The plan is ${drafted.digest}, not the expected ${expect}.`);
  }
  const next = `${commandOf(drafted, drafted.version)}${renderPlanningFlags(flags)}`;
  invocation.terminal.print(drafted, (paint) => renderPlan(drafted, { paint, next }));
  return 0;
}
