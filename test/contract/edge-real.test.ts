import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe } from 'vitest';
import { fastlyEdge } from '../../providers/fastly/index.ts';
import { httpEdge } from '../../providers/http/index.ts';
import type { Edge } from '../../src/provider/contract.ts';
import {
  type LoggedPurge,
  noNginx,
  noVarnish,
  type RealEdge,
  startNginx,
  startVarnish,
} from '../servers/debian-edge.ts';
import { describeEdge } from './edge.ts';

const env = { FASTLY_API_TOKEN: 'test-token', PURGE_TOKEN: 'test-token' };

interface Kind {
  readonly missing: string | undefined;
  readonly start: (originPort: number) => Promise<RealEdge>;
  readonly open: (real: RealEdge) => Promise<readonly Edge[]>;
  readonly toItems: (purge: LoggedPurge) => readonly string[];
}

const token = { headersFrom: [{ header: 'x-purge-token', variable: 'PURGE_TOKEN' }] };
const openHttp = (raw: object) => httpEdge.open(httpEdge.parse(raw, 'edge'), { env, directory: '/' });
const openFastly = (raw: object) => fastlyEdge.open(fastlyEdge.parse(raw, 'edge'), { env, directory: '/' });

const kinds: Readonly<Record<string, Kind>> = {
  'http at Varnish, with PURGE, BAN and keys': {
    missing: noVarnish,
    start: startVarnish,
    open: ({ endpoint }) => openHttp({ endpoint, ...token, prefixes: 'ban-header', tagHeader: 'xkey-purge' }),
    toItems: ({ path, ban, keys }) => (keys ? toTags(keys) : [ban === '' ? path : `${path}*`]),
  },
  'fastly at Varnish': {
    missing: noVarnish,
    start: startVarnish,
    open: ({ api }) => openFastly({ serviceId: 'SU1TEST', endpoint: api, surrogateKeys: true }),
    toItems({ path, keys }) {
      if (path.endsWith('/purge_all')) return ['*'];
      return keys ? toTags(keys) : [path.replace(/^\/purge\/static\.shop\.example/, '')];
    },
  },
  'http at nginx, with GET at a location of its own': {
    missing: noNginx,
    start: startNginx,
    open: ({ endpoint }) => openHttp({ endpoint, method: 'GET', pathPrefix: '/purge' }),
    toItems: ({ path }) => [path.replace(/^\/purge/, '')],
  },
};

function toTags(keys: string): readonly string[] {
  return keys.split(' ').map((key) => `#${key}`);
}

for (const [name, { missing, start, open, toItems }] of Object.entries(kinds)) {
  if (missing !== undefined) {
    console.info(`not covered: edge contract of ${name} (${missing})`);
    continue;
  }
  describe(name, () => {
    let origin: Server;
    let real: RealEdge;
    beforeAll(async () => {
      origin = createServer((_, response) => void response.end('asset')).listen(0, '127.0.0.1');
      await once(origin, 'listening');
      real = await start((origin.address() as AddressInfo).port);
    });
    afterAll(async () => {
      await real?.close();
      origin.closeAllConnections();
      origin.close();
    });

    describeEdge(name, async () => {
      const [edge] = await open(real);
      if (edge === undefined) throw new Error('No edge was opened.');
      const before = (await real.readPurges()).length;
      return {
        edge,
        // What was not held is a 404 at nginx, and as good as forgotten.
        accepted: async () =>
          (await real.readPurges())
            .slice(before)
            .filter(({ status }) => status === 200 || status === 404)
            .flatMap(toItems),
        close: async () => edge.close?.(),
      };
    });
  });
}
