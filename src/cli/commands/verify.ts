import { VerificationError } from '../../errors/errors.ts';
import { suggestRemedy, summarizeProblems } from '../../verify/summary.ts';
import { verify as verifyLive } from '../../verify.ts';
import type { RunCommand } from '../command.ts';
import { withSession } from '../context.ts';
import { renderVerification } from '../render/verification.ts';

interface VerifyFlags {
  readonly sample?: number;
  readonly all?: boolean;
}

export const verify: RunCommand<VerifyFlags> = async (invocation) => {
  const { flags, terminal } = invocation;
  const sample = flags.all === true ? 'all' : flags.sample;
  const verification = await withSession(invocation, {
    readonly: true,
    run: ({ session }) => verifyLive(session, sample === undefined ? {} : { sample }),
  });
  const { environment, version, ok } = verification;
  if (!ok) {
    throw new VerificationError(
      `Version ${version} of ${environment} failed verification: ${summarizeProblems(verification)}.`,
      { document: verification, hint: suggestRemedy(verification) },
    );
  }
  terminal.print(verification, (paint) => renderVerification(verification, paint));
  return 0;
};
