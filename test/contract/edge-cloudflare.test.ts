import { cloudflareEdge } from '../../providers/cloudflare/index.ts';
import { startCloudflareServer } from '../servers/cloudflare.ts';
import { describeEdge, type OpenEdge } from './edge.ts';

const zoneId = '023e105f4ecef8ad9ca31a8372d0c353';
const token = 'a-token-of-the-tests';

describeEdge('cloudflare at the in-repo server', () => openAtServer({}));
describeEdge('cloudflare at the in-repo server, soft', () =>
  openAtServer({ soft: true, plan: 'enterprise', cacheTags: true }),
);

async function openAtServer(more: object): Promise<OpenEdge> {
  const server = await startCloudflareServer({ zoneId, token, most: 'plan' in more ? 500 : 100 });
  const options = cloudflareEdge.parse({ zoneId, endpoint: server.endpoint, ...more }, 'edge');
  const [edge] = await cloudflareEdge.open(options, { env: { CLOUDFLARE_API_TOKEN: token }, directory: '/' });
  if (edge === undefined) throw new Error('No edge was opened.');
  return {
    edge,
    accepted: async () => server.accepted().map(toItem),
    close: () => server.close(),
  };
}

/** A selector of Cloudflare's as the item that it came from. */
function toItem(selector: string): string {
  const [field, value = ''] = selector.split(' ');
  if (field === 'purge_everything') return '*';
  if (field === 'tags') return `#${value}`;
  const path = value.replace(/^(https:\/\/)?static\.shop\.example/, '');
  return field === 'files' ? path : `${path || '/'}*`;
}
