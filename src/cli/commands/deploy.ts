import { deploy as deployVersion, type PlanOptions } from '../../deploy.ts';
import { PlanError, UsageError } from '../../errors/errors.ts';
import { commandOf } from '../../plan/command.ts';
import type { Shard } from '../../plan/split.ts';
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
  readonly shard?: Shard;
}

export const deploy: RunCommand<DeployFlags> = async (invocation) => {
  const { flags, terminal } = invocation;
  if (flags.shard !== undefined && flags.stage !== true) {
    throw new UsageError('USAGE', '--shard needs --stage.', {
      hint: 'Shards prepare a version together; `waybill activate` then makes it live.',
    });
  }
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
        ...toStageOptions(flags),
        confirm: makeConfirm({ ...invocation, display }),
      }),
    shownWarnings: (made) => made.warnings,
  });
  terminal.print(receipt, (paint) => renderDocument(receipt, paint) ?? '');
  return 0;
};

function toStageOptions({ stage = false, shard }: DeployFlags): Pick<PlanOptions, 'stage' | 'shard'> {
  return { stage, ...(shard === undefined ? {} : { shard }) };
}

async function dryRun(invocation: Invocation<DeployFlags>, expect: string | undefined): Promise<number> {
  const { flags } = invocation;
  const drafted = await makePlan(invocation, { ...toPlanOptions(flags), ...toStageOptions(flags) });
  if (expect !== undefined && expect !== drafted.digest) {
    throw new PlanError('PLAN_STALE', `The plan is ${drafted.digest}, not the expected ${expect}.`);
  }
  const next = `${commandOf(drafted, drafted.version)}${renderPlanningFlags(flags)}`;
  invocation.terminal.print(drafted, (paint) => renderPlan(drafted, { paint, next }));
  return 0;
}
