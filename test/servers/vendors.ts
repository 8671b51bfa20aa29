import { startCloudflareServer } from './cloudflare.ts';
import { startCloudFrontServer } from './cloudfront.ts';
import { startFastlyServer } from './fastly.ts';
import { startPurgingCache } from './purging-cache.ts';

/** A CDN of one kind, started. */
export interface Vendor {
  readonly edge: object;
  /** URL paths that it was told to forget, in the order they came. */
  told(): readonly string[];
  close(): Promise<void>;
}

const zoneId = '023e105f4ecef8ad9ca31a8372d0c353';
const token = 'a-token-of-the-tests';

export const vendorEnv = { CLOUDFLARE_API_TOKEN: token, FASTLY_API_TOKEN: token };

/** By the id of the provider. All are in front of https://static.shop.example. */
export const vendorKinds: Readonly<Record<string, () => Promise<Vendor>>> = {
  async cloudfront() {
    const server = await startCloudFrontServer({ distributions: ['E2EXAMPLE'] });
    const edge = { use: 'cloudfront', distributionId: 'E2EXAMPLE', endpoint: server.endpoint };
    return { edge, told: () => server.accepted('E2EXAMPLE'), close: () => server.close() };
  },
  async cloudflare() {
    const server = await startCloudflareServer({ zoneId, token });
    const path = (one: string) => one.replace('files https://static.shop.example', '');
    const edge = { use: 'cloudflare', zoneId, endpoint: server.endpoint };
    return { edge, told: () => server.accepted().map(path), close: () => server.close() };
  },
  async fastly() {
    const server = await startFastlyServer({ serviceId: 'SU1TEST', token });
    const path = (one: string) => one.replace('url static.shop.example', '');
    const edge = { use: 'fastly', serviceId: 'SU1TEST', endpoint: server.endpoint };
    return { edge, told: () => server.accepted().map(path), close: () => server.close() };
  },
  async http() {
    const cache = await startPurgingCache();
    const edge = { use: 'http', endpoint: cache.endpoint };
    return { edge, told: () => cache.log.map(({ path }) => path), close: () => cache.close() };
  },
};
