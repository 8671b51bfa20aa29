import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloudflareEdge } from '../../providers/cloudflare/index.ts';
import { call, request } from '../contract/edge.ts';
import { type CloudflareServer, startCloudflareServer } from '../servers/cloudflare.ts';

/**
 * Prism with test/servers/cloudflare.openapi.yaml (`prism mock FILE`), whose rules cite Cloudflare's pages. It keeps nothing, so it judges
 * requests: ours, and those that the in-repo server must judge alike.
 */
const prism = process.env.WAYBILL_TEST_PRISM;
if (prism === undefined) {
  console.info('not covered: Cloudflare requests against its documented rules; set WAYBILL_TEST_PRISM to a Prism');
}

const zoneId = '023e105f4ecef8ad9ca31a8372d0c353';
const token = 'a-token-of-the-tests';
const strings = (count: number, make: (i: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => make(i));
const url = (i: number) => `https://static.shop.example/${i}.css`;

/** Bodies, and whether Cloudflare takes them. */
const bodies: readonly (readonly [string, object, boolean])[] = [
  ['a URL', { files: [url(1)] }, true],
  ['100 URLs', { files: strings(100, url) }, true],
  ['101 URLs', { files: strings(101, url) }, false],
  ['no URL', { files: [] }, false],
  ['a URL that is none', { files: ['/a.css'] }, false],
  ['one URL as a string', { files: url(1) }, false],
  ['a prefix', { prefixes: ['static.shop.example/app/'] }, true],
  ['a prefix without a path', { prefixes: ['static.shop.example'] }, true],
  ['a prefix with a scheme', { prefixes: ['https://static.shop.example/app/'] }, false],
  ['a prefix with a query string', { prefixes: ['static.shop.example/a?b=1'] }, false],
  ['a tag', { tags: ['site'] }, true],
  ['a tag with a space', { tags: ['a b'] }, false],
  ['a host', { hosts: ['static.shop.example'] }, true],
  ['a host with a path', { hosts: ['static.shop.example/'] }, false],
  ['everything', { purge_everything: true }, true],
  ['everything that is not', { purge_everything: false }, false],
  ['two selectors', { tags: ['site'], hosts: ['static.shop.example'] }, false],
  ['an unknown selector', { nonsense: 1 }, false],
  ['nothing', {}, false],
];

describeServer('the in-repo server', async () => {
  const server = await startCloudflareServer({ zoneId, token });
  return { endpoint: server.endpoint, close: () => server.close() };
});
if (prism !== undefined) describeServer('Prism', async () => ({ endpoint: prism, close: async () => undefined }));

function describeServer(name: string, start: () => Promise<Pick<CloudflareServer, 'endpoint' | 'close'>>): void {
  describe(`Cloudflare requests: ${name}`, () => {
    let server: Pick<CloudflareServer, 'endpoint' | 'close'>;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server?.close());

    async function post(operation: string, body: object, headers: Readonly<Record<string, string>>): Promise<Response> {
      return fetch(`${server.endpoint}/zones/${zoneId}/${operation}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
    }

    it.each(bodies)('%s', async (_, body, isRight) => {
      for (const operation of ['purge_cache', 'invalidate_cache']) {
        const answer = await post(operation, body, { authorization: `Bearer ${token}` });
        const { success } = (await answer.json()) as { success: boolean };
        expect([operation, answer.ok, success]).toEqual([operation, isRight, isRight]);
      }
    });

    it('no token', async () => {
      const answer = await post('purge_cache', { tags: ['site'] }, {});
      expect([401, 403]).toContain(answer.status);
    });

    it.each([{}, { soft: true }, { plan: 'enterprise', cacheTags: true }])(
      'all that an edge with %j sends',
      async (more) => {
        const options = cloudflareEdge.parse({ zoneId, endpoint: server.endpoint, ...more }, 'edge');
        const [edge] = await cloudflareEdge.open(options, { env: { CLOUDFLARE_API_TOKEN: token }, directory: '/' });
        const deep = `/${strings(40, String).join('/')}/*`;
        const many = strings(95, (i) => `/f/${i}.css`);
        const tags = 'cacheTags' in more ? strings(250, (i) => `#t${i}`) : [];
        const odd = ['/', "/a%20b/q&a's+(1).css", '/caf%C3%A9.html'];
        await edge!.invalidate(request([...odd, ...many, '/app/*', '/page*', deep, '/*', ...tags]), call());
        await edge!.invalidate(request(['*']), call());
      },
    );
  });
}
