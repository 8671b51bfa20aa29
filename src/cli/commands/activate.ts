import { activate as makeLive } from '../../activate.ts';
import type { Receipt } from '../../receipt.ts';
import { verified } from '../../verified.ts';
import type { RunCommand } from '../command.ts';
import { makeConfirm } from '../confirm.ts';
import { withSession } from '../context.ts';
import { renderDocument } from '../render/document.ts';
import { type EndFlags, toEndOptions } from '../wait.ts';

interface ActivateFlags extends EndFlags {
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
      verified(makeLive, session, {
        ...toEndOptions(flags),
        to: flags.to,
        ...(flags.message === undefined ? {} : { message: flags.message }),
        allowOlder: flags.allowOlder ?? false,
        adopt: flags.adopt ?? false,
        confirm: makeConfirm({ ...invocation, display }),
      }),
    shownWarnings: (made) => made.warnings,
  });
  terminal.print(receipt, (paint) => renderDocument(receipt, paint) ?? '');
  return 0;
};
