import type { Receipt } from '../../receipt.ts';
import { rollback as rollBack } from '../../rollback.ts';
import type { RunCommand } from '../command.ts';
import { makeConfirm } from '../confirm.ts';
import { withSession } from '../context.ts';
import { renderReceipt } from '../render/receipt.ts';
import { toWaitOptions, type WaitFlags } from '../wait.ts';

interface RollbackFlags extends WaitFlags {
  readonly to?: number;
  readonly message?: string;
  readonly replan?: boolean;
}

export const rollback: RunCommand<RollbackFlags> = async (invocation) => {
  const { flags, terminal } = invocation;
  const receipt = await withSession<Receipt>(invocation, {
    readonly: false,
    run: ({ session, display }) =>
      rollBack(session, {
        ...toWaitOptions(flags),
        ...(flags.to === undefined ? {} : { to: flags.to }),
        ...(flags.message === undefined ? {} : { message: flags.message }),
        replan: flags.replan ?? false,
        confirm: makeConfirm({ ...invocation, display }),
      }),
    shownWarnings: (made) => made.warnings,
  });
  terminal.print(receipt, (paint) => renderReceipt(receipt, paint));
  return 0;
};
