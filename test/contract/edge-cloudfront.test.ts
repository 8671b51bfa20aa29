import { afterAll, beforeAll, vi } from 'vitest';
import { openApi } from '../../providers/cloudfront/api.ts';
import { createCloudFrontEdge } from '../../providers/cloudfront/edge.ts';
import { startCloudFrontServer } from '../servers/cloudfront.ts';
import {
  createClient,
  createDistribution,
  motoEndpoint,
  readAccepted,
  testCredentials,
} from '../servers/moto-cloudfront.ts';
import { describeEdge, type OpenEdge } from './edge.ts';

beforeAll(() => {
  for (const [name, value] of Object.entries(testCredentials)) vi.stubEnv(name, value);
});
afterAll(() => {
  vi.unstubAllEnvs();
});

describeEdge('cloudfront at the in-repo server', async () => {
  const server = await startCloudFrontServer({ distributions: ['E2EXAMPLE'], completeAfterPolls: 2 });
  const { edge, close } = await openQuickEdge(server.endpoint, 'E2EXAMPLE');
  return {
    edge,
    accepted: async () => server.accepted('E2EXAMPLE'),
    close: async () => {
      close();
      await server.close();
    },
  };
});

if (motoEndpoint === undefined) {
  process.stderr.write(
    'edge contract: moto is left out; set WAYBILL_TEST_MOTO=http://127.0.0.1:PORT to run against it\n',
  );
} else {
  describeEdge('cloudfront at moto', () => openAtMoto(motoEndpoint ?? ''), {
    'a retry with the same nonce is accepted once': 'moto 5.2 makes a new invalidation for a caller reference it knows',
  });
}

async function openAtMoto(endpoint: string): Promise<OpenEdge> {
  const client = createClient(endpoint);
  const distributionId = await createDistribution(client);
  const { edge, close } = await openQuickEdge(endpoint, distributionId);
  return {
    edge,
    accepted: () => readAccepted(client, distributionId),
    close: async () => {
      close();
      client.destroy();
    },
  };
}

async function openQuickEdge(endpoint: string, distributionId: string) {
  const api = await openApi({ endpoint });
  const pacing = { pause: (_ms: number, signal: AbortSignal) => Promise.resolve(signal.throwIfAborted()) };
  return { edge: createCloudFrontEdge(api, { name: 'cloudfront', distributionId, pacing }), close: () => api.close() };
}
