import { diffVersions } from '../../versions.ts';
import type { RunCommand } from '../command.ts';
import { withSession } from '../context.ts';
import { renderDiff } from '../render/diff.ts';

interface DiffFlags {
  /** The arguments; commander has seen that both are there. */
  readonly from: number;
  readonly to: number;
}

export const diff: RunCommand<DiffFlags> = async (invocation) => {
  const { from, to } = invocation.flags;
  const { environment, difference } = await withSession(invocation, {
    readonly: true,
    run: async ({ session, target }) => ({
      environment: target.environment.name,
      difference: await diffVersions(session, from, to),
    }),
  });
  const document = { kind: 'diff', format: 1, environment, from, to, ...difference };
  invocation.terminal.print(document, (paint) => renderDiff(difference, { environment, from, to }, paint));
  return 0;
};
