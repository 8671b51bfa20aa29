import { listVersions } from '../../versions.ts';
import type { RunCommand } from '../command.ts';
import { withSession } from '../context.ts';
import { renderVersions } from '../render/versions.ts';

export const versions: RunCommand<object> = async (invocation) => {
  const { environment, list } = await withSession(invocation, {
    readonly: true,
    run: async ({ session, target }) => ({ environment: target.environment.name, list: await listVersions(session) }),
  });
  invocation.terminal.print({ kind: 'versions', format: 1, environment, versions: list }, (paint) =>
    renderVersions(list, environment, paint),
  );
  return 0;
};
