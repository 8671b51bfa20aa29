import { httpEdge } from '../../providers/http/index.ts';
import { type PurgeRequest, startPurgingCache } from '../servers/purging-cache.ts';
import { describeEdge, type OpenEdge } from './edge.ts';

describeEdge('http with PURGE', () => openAtCache({}, ({ path }) => [path]));
describeEdge('http with PURGE and wildcards', () => openAtCache({ prefixes: 'wildcard' }, ({ path }) => [path]));
describeEdge('http with PURGE, BAN and keys', () =>
  openAtCache({ prefixes: 'ban-header', tagHeader: 'xkey-purge' }, toItems),
);
describeEdge('http with GET at a location of its own', () =>
  openAtCache({ method: 'GET', pathPrefix: '/purge' }, ({ path }) => [path.replace(/^\/purge/, '')]),
);

async function openAtCache(manner: object, toItemsOf: (request: PurgeRequest) => readonly string[]): Promise<OpenEdge> {
  const cache = await startPurgingCache();
  const options = httpEdge.parse({ endpoint: cache.endpoint, ...manner }, 'edge');
  const [edge] = await httpEdge.open(options, { env: {}, directory: '/' });
  if (edge === undefined) throw new Error('No edge was opened.');
  return {
    edge,
    accepted: async () => cache.log.flatMap(toItemsOf),
    close: async () => {
      await edge.close?.();
      await cache.close();
    },
  };
}

function toItems({ method, path, headers }: PurgeRequest): readonly string[] {
  const keys = headers['xkey-purge'];
  if (keys !== undefined) return keys.split(' ').map((key) => `#${key}`);
  return [method === 'BAN' && headers['x-ban'] === `^${path}` ? `${path}*` : path];
}
