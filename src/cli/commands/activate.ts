import { activate as makeLive } from '../../activate.ts';
import type { Receipt } from '../../receipt.ts';
import type { RunCommand } from '../command.ts';
import { makeConfirm } from '../confirm.ts';
import { withSession } from '../context.ts';
import { renderReceipt } from '../render/receipt.ts';
import { toWaitOptions, type WaitFlags } from '../wait.ts';

interface ActivateFlags extends WaitFlags {
  readonly to: number;
  readonly message?: string;
  readonly allowOlder?: boolean;
  readonly adopt?: boolean;
}

export const activate: RunCommand<ActivateFlags> = async (invocation) => {
  const { flags, terminal } = invocation;
  const receipt = await withSession<Receipt>(invocation, {
    readonly: false,
    run: ({ session, display }) =>
      makeLive(session, {
        ...toWaitOptions(flags),
        to: flags.to,
        ...(flags.message === undefined ? {} : { message: flags.message }),
        allowOlder: flags.allowOlder ?? false,
        adopt: flags.adopt ?? false,
        confirm: makeConfirm({ ...invocation, display }),
      }),
    shownWarnings: (made) => made.warnings,
  });
  terminal.print(receipt, (paint) => renderReceipt(receipt, paint));
  return 0;
};
