import { onTestFinished } from 'vitest';
import type { Tuning } from '../../providers/azure/connection.ts';
import { azureOrigin } from '../../providers/azure/index.ts';
import { openAzure } from '../../providers/azure/origin.ts';
import type { Origin } from '../../src/provider/contract.ts';
import { type AzureServer, type AzureServerOptions, startAzureServer } from '../servers/azure.ts';
import { azuriteAccount, azuriteKey } from '../servers/azurite.ts';

export interface Opened {
  readonly server: AzureServer;
  readonly origin: Origin;
  /** Names of the operations that came in since the last call, in order. */
  operations(): string[];
}

/** A server and an origin on it, under the prefix `site`; the server is closed when the test ends. */
export async function openOnServer(
  setup: { server?: AzureServerOptions; raw?: object; tuning?: Partial<Tuning>; env?: Record<string, string> } = {},
): Promise<Opened> {
  const server = await startAzureServer(setup.server);
  onTestFinished(() => server.close());
  const raw = {
    account: azuriteAccount,
    container: 'test-container',
    prefix: 'site',
    endpoint: server.endpoint,
    ...setup.raw,
  };
  const options = azureOrigin.parse(raw, 'origin') as Parameters<typeof openAzure>[0];
  const env = setup.env ?? { AZURE_STORAGE_KEY: azuriteKey };
  const origin = await openAzure(options, { env, directory: '/' }, setup.tuning);
  let seen = 0;
  return {
    server,
    origin,
    operations() {
      const names = server.requests.slice(seen).map(({ operation }) => operation);
      seen = server.requests.length;
      return names;
    },
  };
}
