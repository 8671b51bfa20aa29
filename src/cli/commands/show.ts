import { showVersion } from '../../versions.ts';
import type { RunCommand } from '../command.ts';
import { withSession } from '../context.ts';
import { renderManifest, toManifestDocument } from '../render/manifest.ts';

interface ShowFlags {
  /** The argument; the live version when absent. */
  readonly version?: number;
}

export const show: RunCommand<ShowFlags> = async (invocation) => {
  const manifest = await withSession(invocation, {
    readonly: true,
    run: ({ session }) => showVersion(session, invocation.flags.version),
  });
  invocation.terminal.print(toManifestDocument(manifest), (paint) => renderManifest(manifest, paint));
  return 0;
};
