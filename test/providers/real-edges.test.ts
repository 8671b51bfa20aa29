import { describe, expect, it } from 'vitest';
import { noNginx, noVarnish, type RealEdge, startNginx, startVarnish } from '../servers/debian-edge.ts';
import { openShop } from './edge-shop.ts';

const files = {
  'index.html': '<h1>one</h1>',
  'docs/index.html': '<h1>docs</h1>',
  'css/site.css': 'h1 { color: teal }',
  'a b+c.css': 'h1 { margin: 1px }',
};
const odd = 'a%20b%2Bc.css';

interface Kind {
  readonly missing: string | undefined;
  readonly start: (originPort: number) => Promise<RealEdge>;
  readonly edge: (edge: RealEdge) => object;
}

const token = { headersFrom: [{ header: 'x-purge-token', variable: 'PURGE_TOKEN' }] };
const kinds: Readonly<Record<string, Kind>> = {
  'Varnish, http with PURGE': {
    missing: noVarnish,
    start: startVarnish,
    edge: ({ endpoint }) => ({ use: 'http', endpoint, ...token }),
  },
  'Varnish, http with PURGE and BAN': {
    missing: noVarnish,
    start: startVarnish,
    edge: ({ endpoint }) => ({ use: 'http', endpoint, ...token, prefixes: 'ban-header' }),
  },
  "Varnish, fastly's API": {
    missing: noVarnish,
    start: startVarnish,
    edge: ({ api }) => ({ use: 'fastly', serviceId: 'SU1TEST', endpoint: api }),
  },
  'nginx, http with GET at a location of its own': {
    missing: noNginx,
    start: startNginx,
    edge: ({ endpoint }) => ({ use: 'http', endpoint, method: 'GET', pathPrefix: '/purge' }),
  },
};

for (const [name, { missing, start, edge }] of Object.entries(kinds)) {
  if (missing !== undefined) console.info(`not covered: ${name} (${missing})`);
  describe.skipIf(missing !== undefined)(name, () => {
    it('forgets what changed, keeps what did not, and goes back', async () => {
      const shop = await openShop(start, edge, files);
      await shop.warm('index.html', 'css/site.css', 'docs/index.html', odd);

      shop.setFiles({ ...files, 'index.html': '<h1>two</h1>', 'a b+c.css': 'h1 { margin: 2px }' });
      expect(await shop.run('deploy')).toMatchObject({ owed: [], uploaded: { files: 2 } });
      expect(await shop.get('index.html')).toEqual({ status: 200, text: '<h1>two</h1>', cache: 'MISS' });
      expect(await shop.get(odd)).toEqual({ status: 200, text: 'h1 { margin: 2px }', cache: 'MISS' });
      expect(await shop.get('css/site.css')).toMatchObject({ cache: 'HIT' });
      expect(await shop.get('docs/index.html')).toMatchObject({ cache: 'HIT' });

      await shop.warm('index.html', odd);
      expect(await shop.run('rollback')).toMatchObject({ owed: [] });
      expect(await shop.get('index.html')).toEqual({ status: 200, text: '<h1>one</h1>', cache: 'MISS' });
      expect(await shop.get('css/site.css')).toMatchObject({ cache: 'HIT' });
    }, 90_000);

    it('forgets that a new name was missing', async () => {
      const shop = await openShop(start, edge, files);
      await shop.warm('new.css', 'css/site.css');
      // S3 says 403 of a key that nobody may list.
      expect(await shop.get('new.css')).toMatchObject({ status: 403, cache: 'HIT' });
      shop.setFiles({ ...files, 'new.css': 'p { margin: 0 }' });
      await shop.run('deploy');
      expect(await shop.get('new.css')).toEqual({ status: 200, text: 'p { margin: 0 }', cache: 'MISS' });
      expect(await shop.get('css/site.css')).toMatchObject({ cache: 'HIT' });
    }, 90_000);
  });
}
