import { httpEdge } from '../../providers/http/index.ts';
import { type PurgeRequest, startPurgingCache } from '../servers/purging-cache.ts';
import { describeEdge, type OpenEdge } from './edge.ts';

describeEdge('http with PURGE', () => openAtCache({}, ({ path }) => path));
describeEdge('http with PURGE and wildcards', () => openAtCache({ prefixes: 'wildcard' }, ({ path }) => path));
describeEdge('http with PURGE and BAN', () => openAtCache({ prefixes: 'ban-header' }, toItem));
describeEdge('http with GET at a location of its own', () =>
  openAtCache({ method: 'GET', pathPrefix: '/purge' }, ({ path }) => path.replace(/^\/purge/, '')),
);

async function openAtCache(manner: object, toItemOf: (request: PurgeRequest) => string): Promise<OpenEdge> {
  const cache = await startPurgingCache();
  const options = httpEdge.parse({ endpoint: cache.endpoint, ...manner }, 'edge');
  const [edge] = await httpEdge.open(options, { env: {}, directory: '/' });
  if (edge === undefined) throw new Error('No edge was opened.');
  return {
    edge,
    accepted: async () => cache.log.map(toItemOf),
    close: async () => {
      await edge.close?.();
      await cache.close();
    },
  };
}

function toItem({ method, path, headers }: PurgeRequest): string {
  return method === 'BAN' && headers['x-ban'] === `^${path}` ? `${path}*` : path;
}
