import type { TokenCredential } from '@azure/identity';
import type * as Sdk from '@azure/storage-blob';
import { ProviderError } from '../../src/errors/errors.ts';
import type { ProviderContext } from '../../src/provider/contract.ts';
import { importPeer } from '../../src/provider/peer.ts';
import type { AzureOptions } from './options.ts';
import { rememberToken } from './token.ts';

/** How requests are signed; a copy must prove besides that it may read its source. */
export type Credential =
  | { readonly kind: 'key'; readonly key: Sdk.StorageSharedKeyCredential }
  | { readonly kind: 'sas'; readonly query: string }
  | { readonly kind: 'identity'; readonly identity: TokenCredential; readonly token: () => Promise<string> };

/**
 * The variables of Azure's own command line, else the chain of `@azure/identity`: environment, workload identity (OIDC in CI), managed
 * identity, `az login`. Throws ProviderError when a key has no account.
 */
export async function openCredential(
  sdk: typeof Sdk,
  options: AzureOptions,
  { directory, env }: ProviderContext,
): Promise<Credential> {
  const { AZURE_STORAGE_KEY: key, AZURE_STORAGE_SAS_TOKEN: sas } = env;
  if (key) {
    const account = options.account ?? env.AZURE_STORAGE_ACCOUNT;
    if (account) return { kind: 'key', key: new sdk.StorageSharedKeyCredential(account, key) };
    throw new ProviderError('auth', 'AZURE_STORAGE_KEY is set, but not whose key it is.', {
      hint: 'Set `account` in the configuration, or AZURE_STORAGE_ACCOUNT.',
    });
  }
  if (sas) return { kind: 'sas', query: sas.replace(/^\?/, '') };
  const { DefaultAzureCredential } = await importPeer('@azure/identity', () => import('@azure/identity'), directory);
  const identity = new DefaultAzureCredential();
  return { kind: 'identity', identity, token: rememberToken(identity) };
}
