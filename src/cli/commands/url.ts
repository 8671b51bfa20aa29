import { assetUrl } from '../../url.ts';
import type { RunCommand } from '../command.ts';
import { loadTarget, withSession } from '../context.ts';

interface UrlFlags {
  /** The argument; CDN_URL itself when absent. */
  readonly asset?: string;
}

export const url: RunCommand<UrlFlags> = async (invocation) => {
  const { asset } = invocation.flags;
  const { environment } = await loadTarget(invocation);
  const found =
    asset === undefined
      ? environment.url
      : await withSession(invocation, { readonly: true, run: ({ session }) => assetUrl(session, asset) });
  const document = { kind: 'url', format: 1, environment: environment.name, asset: asset ?? null, url: found };
  invocation.terminal.print(document, () => found);
  return 0;
};
