import type { Receipt } from '../../receipt.ts';
import { rollback as rollBack } from '../../rollback.ts';
import { verified } from '../../verified.ts';
import type { RunCommand } from '../command.ts';
import { makeConfirm } from '../confirm.ts';
import { withSession } from '../context.ts';
import { renderDocument } from '../render/document.ts';
import { type EndFlags, toEndOptions } from '../wait.ts';

interface RollbackFlags extends Omit<EndFlags, 'rollbackOnFailure'> {
  readonly to?: number;
  readonly message?: string;
  readonly replan?: boolean;
}

export const rollback: RunCommand<RollbackFlags> = async (invocation) => {
  const { flags, terminal } = invocation;
  const receipt = await withSession<Receipt>(invocation, {
    readonly: false,
    run: ({ session, display }) =>
      verified(rollBack, session, {
        ...toEndOptions(flags),
        ...(flags.to === undefined ? {} : { to: flags.to }),
        ...(flags.message === undefined ? {} : { message: flags.message }),
        replan: flags.replan ?? false,
        confirm: makeConfirm({ ...invocation, display }),
      }),
    shownWarnings: (made) => made.warnings,
  });
  terminal.print(receipt, (paint) => renderDocument(receipt, paint) ?? '');
  return 0;
};
