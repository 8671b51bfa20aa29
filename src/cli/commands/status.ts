import { readStatus } from '../../status.ts';
import type { RunCommand } from '../command.ts';
import { withSession } from '../context.ts';
import { renderStatus } from '../render/status.ts';

export const status: RunCommand<object> = async (invocation) => {
  const found = await withSession(invocation, { readonly: true, run: ({ session }) => readStatus(session) });
  invocation.terminal.print({ kind: 'status', format: 1, ...found }, (paint) => renderStatus(found, paint));
  return 0;
};
