import { WaybillError } from '../../errors/errors.ts';
import { deleteHeld, findHeld, type Holdings } from '../../strip.ts';
import type { Invocation, RunCommand } from '../command.ts';
import { askYes, canAsk } from '../confirm.ts';
import { withSession } from '../context.ts';
import { renderStrip, summarizeStrip } from '../render/strip.ts';

interface StripFlags {
  readonly delete?: boolean;
}

export const strip: RunCommand<StripFlags> = async (invocation) => {
  const { flags, terminal } = invocation;
  const deleting = flags.delete === true;
  const held = await withSession(invocation, {
    readonly: true,
    run: async ({ session, display }) => {
      const found = await findHeld(session);
      if (!deleting || found.files.length === 0) return found;
      await display.pause();
      await confirm(invocation, found);
      await deleteHeld(session, found);
      return found;
    },
  });
  if (held.missing.length > 0) {
    const { environment, missing } = held;
    terminal.warn(
      `${missing.length} files are not at the origin as version ${held.version} says, and left out (first: ${missing[0]}); run \`waybill deploy --env ${environment}\``,
    );
  }
  terminal.say(summarizeStrip(held, deleting));
  terminal.print({ kind: 'strip', format: 1, ...held, deleted: deleting }, () => renderStrip(held));
  return 0;
};

async function confirm({ io, settings, signal }: Invocation, held: Holdings): Promise<void> {
  if (settings.yes) return;
  if (!canAsk(io)) {
    throw new WaybillError('STRIP_UNSAFE', 'Deleting files needs a yes, and there is nobody here to ask.', {
      hint: 'Look at `waybill strip` without --delete, then pass --yes.',
    });
  }
  if (await askYes(io, `Delete ${held.files.length} local files? [y/N] `, signal)) return;
  throw new WaybillError('STRIP_UNSAFE', 'The answer was no. Nothing was deleted.');
}
