import type { PolicyDocument } from '../../src/provider/contract.ts';
import { permission, tokenVariable } from './errors.ts';
import type { CloudflareOptions } from './options.ts';

/** https://developers.cloudflare.com/fundamentals/api/reference/permissions/ */
export function makePolicy({ zoneId }: CloudflareOptions): PolicyDocument[] {
  const lines = [
    `variable      ${tokenVariable}`,
    `permission    ${permission} (Zone > Cache Purge > Purge)`,
    `resource      the zone ${zoneId} alone`,
  ];
  return [{ title: `Cloudflare API token for zone ${zoneId}`, format: 'text', body: lines.join('\n') }];
}
