import { fastlyEdge } from '../../providers/fastly/index.ts';
import { startFastlyServer } from '../servers/fastly.ts';
import { describeEdge } from './edge.ts';

const token = 'a-token-of-the-tests';

describeEdge('fastly at the in-repo server', async () => {
  const server = await startFastlyServer({ serviceId: 'SU1TEST', token });
  const options = fastlyEdge.parse({ serviceId: 'SU1TEST', endpoint: server.endpoint }, 'edge');
  const [edge] = await fastlyEdge.open(options, { env: { FASTLY_API_TOKEN: token }, directory: '/' });
  if (edge === undefined) throw new Error('No edge was opened.');
  return {
    edge,
    accepted: async () =>
      server.accepted().map((one) => (one === 'all' ? '/*' : one.replace('url static.shop.example', ''))),
    close: async () => {
      await edge.close?.();
      await server.close();
    },
  };
});
