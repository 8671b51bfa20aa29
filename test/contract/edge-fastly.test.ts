import { fastlyEdge } from '../../providers/fastly/index.ts';
import { startFastlyServer } from '../servers/fastly.ts';
import { describeEdge, type OpenEdge } from './edge.ts';

const token = 'a-token-of-the-tests';

describeEdge('fastly at the in-repo server', () => openAtServer({}));
describeEdge('fastly at the in-repo server, soft and with surrogate keys', () =>
  openAtServer({ soft: true, surrogateKeys: true }),
);

async function openAtServer(more: object): Promise<OpenEdge> {
  const server = await startFastlyServer({ serviceId: 'SU1TEST', token });
  const options = fastlyEdge.parse({ serviceId: 'SU1TEST', endpoint: server.endpoint, ...more }, 'edge');
  const [edge] = await fastlyEdge.open(options, { env: { FASTLY_API_TOKEN: token }, directory: '/' });
  if (edge === undefined) throw new Error('No edge was opened.');
  return {
    edge,
    accepted: async () => server.accepted().map(toItem),
    close: async () => {
      await edge.close?.();
      await server.close();
    },
  };
}

function toItem(purged: string): string {
  if (purged === 'all') return '*';
  return purged.replace(/^key /, '#').replace('url static.shop.example', '');
}
