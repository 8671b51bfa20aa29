import { invalidate as makeForget } from '../../invalidate.ts';
import type { RunCommand } from '../command.ts';
import { withSession } from '../context.ts';
import { renderInvalidation } from '../render/invalidation.ts';
import { toWaitOptions, type WaitFlags } from '../wait.ts';

interface InvalidateFlags extends WaitFlags {
  /** The arguments. */
  readonly path: readonly string[];
  readonly all?: boolean;
}

export const invalidate: RunCommand<InvalidateFlags> = async (invocation) => {
  const { flags, terminal } = invocation;
  const made = await withSession(invocation, {
    // It changes nothing at the origin; edges are no part of that promise.
    readonly: true,
    run: ({ session }) => makeForget(session, { paths: flags.path, all: flags.all ?? false, ...toWaitOptions(flags) }),
    shownWarnings: ({ warnings }) => warnings,
  });
  for (const warning of made.warnings) terminal.warn(warning);
  terminal.print(made, (paint) => renderInvalidation(made, paint));
  return 0;
};
