import { readStatus } from '../../status.ts';
import type { RunCommand } from '../command.ts';
import { withSession } from '../context.ts';
import { renderStatus } from '../render/status.ts';

interface StatusFlags {
  readonly deep?: boolean;
}

export const status: RunCommand<StatusFlags> = async (invocation) => {
  const { deep = false } = invocation.flags;
  const found = await withSession(invocation, { readonly: true, run: ({ session }) => readStatus(session, { deep }) });
  invocation.terminal.print({ kind: 'status', format: 1, ...found }, (paint) => renderStatus(found, paint));
  return 0;
};
