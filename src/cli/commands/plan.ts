import { type PlanOptions, planDeploy } from '../../deploy.ts';
import type { Draft } from '../../draft.ts';
import { UsageError } from '../../errors/errors.ts';
import type { Plan } from '../../plan/types.ts';
import type { Invocation, RunCommand } from '../command.ts';
import { withSession } from '../context.ts';
import { writePlanFile } from '../plan-file.ts';
import { hasWork, renderPlan } from '../render/plan.ts';
import { renderPlanMarkdown } from '../render/plan-markdown.ts';

export interface PlanningFlags {
  readonly trustManifest?: boolean;
  readonly deep?: boolean;
  readonly adopt?: boolean;
  readonly allowLarge?: boolean;
  readonly allowOlder?: boolean;
  readonly message?: string;
}

interface PlanFlags extends PlanningFlags {
  readonly markdown?: boolean;
  readonly out?: string;
  readonly exitCode?: boolean;
}

const exitCodeWithWork = 10;

export const plan: RunCommand<PlanFlags> = async (invocation) => {
  const { flags, terminal, settings } = invocation;
  if (flags.markdown === true && flags.json === true) {
    throw new UsageError('USAGE', '--json and --markdown exclude each other.', { hint: 'Leave one of them out.' });
  }
  const drafted = await makePlan(invocation, toPlanOptions(flags));
  if (flags.out !== undefined) await writePlanFile(settings.cwd, flags.out, drafted);
  if (flags.markdown === true) terminal.printText(renderPlanMarkdown(drafted, renderPlanningFlags(flags)));
  else {
    const applied = flags.out === undefined ? `--expect ${drafted.digest}` : `--plan ${flags.out}`;
    const next = `waybill deploy --env ${drafted.environment} ${applied}${renderPlanningFlags(flags)}`;
    terminal.print(drafted, (paint) => renderPlan(drafted, { paint, next }));
  }
  return flags.exitCode === true && hasWork(drafted) ? exitCodeWithWork : 0;
};

/** What `deploy` would do now; any write throws. */
export async function makePlan(invocation: Invocation, options: PlanOptions): Promise<Plan> {
  const draft: Draft = await withSession(invocation, {
    readonly: true,
    run: ({ session }) => planDeploy(session, options),
    shownWarnings: (made) => made.plan.warnings.map((warning) => warning.message),
  });
  return draft.plan;
}

/** The flags that the deploy of this plan needs again, each behind a space. */
export function renderPlanningFlags({ trustManifest, deep, adopt, allowLarge, allowOlder }: PlanningFlags): string {
  return [
    trustManifest && ' --trust-manifest',
    deep && ' --deep',
    adopt && ' --adopt',
    allowLarge && ' --allow-large',
    allowOlder && ' --allow-older',
  ]
    .filter((flag) => flag !== undefined && flag !== false)
    .join('');
}

export function toPlanOptions(flags: PlanningFlags): PlanOptions {
  const { trustManifest, deep, adopt, allowLarge, allowOlder, message } = flags;
  return {
    trustManifest: trustManifest ?? false,
    deep: deep ?? false,
    adopt: adopt ?? false,
    allowLarge: allowLarge ?? false,
    allowOlder: allowOlder ?? false,
    ...(message === undefined ? {} : { message }),
  };
}
