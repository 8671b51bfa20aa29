import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import { azureOrigin } from '../../providers/azure/index.ts';
import { type AzureServer, startAzureServer } from '../servers/azure.ts';
import { azuriteAccount, azuriteEndpoint, azuriteKey, openContainer } from '../servers/azurite.ts';
import { describeOrigin, type OpenedOrigin } from './origin.ts';
import { persistent } from './persistent.ts';

const gaps = {
  'control characters in keys': 'Azure refuses them, and so does the origin',
  'backslashes in keys': 'Azure takes a backslash for a slash, so the origin refuses it',
};

describe('in-repo server', () => {
  let server: AzureServer;
  beforeAll(async () => {
    server = await startAzureServer({ containers: [] });
  });
  afterAll(() => server.close());
  // One more than a page holds.
  describeOrigin('azure, in-repo server', () => openAt(server.endpoint), { gaps, manyKeys: 5001 });
});

if (azuriteEndpoint === undefined) {
  console.info('not covered: azure at Azurite: set WAYBILL_TEST_AZURE=http://127.0.0.1:PORT/devstoreaccount1');
} else {
  // It drops connections when the machine is busy.
  const open = async () => {
    const opened = await openAt(azuriteEndpoint ?? '');
    return { ...opened, origin: persistent(opened.origin) };
  };
  describe('azurite', () => describeOrigin('azure, azurite', open, { gaps, manyKeys: 1001 }));
}

async function openAt(endpoint: string): Promise<OpenedOrigin> {
  const prefix = `site/${randomUUID()}`;
  const raw = { account: azuriteAccount, container: '$web', prefix, endpoint };
  const env = { AZURE_STORAGE_KEY: azuriteKey };
  const container = await openContainer(endpoint, '$web');
  const open = (name: string) =>
    azureOrigin.open(azureOrigin.parse({ ...raw, container: name }, 'origin'), { env, directory: '/' });
  return {
    origin: await open('$web'),
    neighbour: async () => {
      await openContainer(endpoint, 'neighbour');
      return open('neighbour');
    },
    foreign: async (key, bytes) => {
      await container.getBlockBlobClient(`${prefix}/${key}`).uploadData(bytes);
    },
  };
}
