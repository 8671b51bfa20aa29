import { unlock as releaseLock } from '../../status.ts';
import type { RunCommand } from '../command.ts';
import { withSession } from '../context.ts';
import { renderName } from '../render/text.ts';

export const unlock: RunCommand<object> = async (invocation) => {
  const { environment, released, holder } = await withSession(invocation, {
    readonly: false,
    run: async ({ session, target }) => ({ environment: target.environment.name, ...(await releaseLock(session)) }),
  });
  const document = { kind: 'unlock', format: 1, environment, released, holder: holder ?? null };
  const whose = holder === undefined ? '' : ` of ${renderName(holder)}`;
  invocation.terminal.print(document, () =>
    released ? `Released the lock${whose} in ${environment}.` : `There is no lock in ${environment}; nothing to do.`,
  );
  return 0;
};
