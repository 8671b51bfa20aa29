import type { ProviderContext } from '../../src/provider/contract.ts';
import { importPeer } from '../../src/provider/peer.ts';
import { toCredentialError } from './errors.ts';
import { type GcsOptions, toBaseUrl } from './options.ts';

/** Headers that sign a request to `url`. */
export type Sign = (url: string) => Promise<Readonly<Record<string, string>>>;

/**
 * Google's application default credentials, as the SDK finds them: GOOGLE_APPLICATION_CREDENTIALS, workload identity federation (OIDC in
 * CI), `gcloud auth application-default login`, the metadata server. Over http, as emulators speak it, a token is sent only if that variable
 * asks for one: it would be readable on the way, and looking for a metadata server takes seconds.
 */
export async function openCredential(options: GcsOptions, context: ProviderContext): Promise<Sign> {
  const { Storage } = await importPeer(
    '@google-cloud/storage',
    () => import('@google-cloud/storage'),
    context.directory,
  );
  const baseUrl = toBaseUrl(options);
  if (baseUrl.startsWith('http:') && !context.env.GOOGLE_APPLICATION_CREDENTIALS) return async () => ({});
  // Objects belong to no project here, and without one the library asks Google for it before the first request.
  const projectId = context.env.GOOGLE_CLOUD_PROJECT ?? 'none';
  const { authClient } = new Storage({ apiEndpoint: baseUrl, projectId });
  return async (url) => {
    try {
      // A plain object in one version of Google's library, Headers in the next.
      return Object.fromEntries(new Headers(await authClient.getRequestHeaders(url)));
    } catch (error) {
      throw toCredentialError(error);
    }
  };
}
