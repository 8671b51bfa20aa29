import type { PolicyDocument } from '../../src/provider/contract.ts';
import { tokenVariable } from './errors.ts';
import type { FastlyOptions } from './options.ts';

/** https://www.fastly.com/documentation/reference/api/auth-tokens/ */
export function makePolicy({ serviceId }: FastlyOptions): PolicyDocument[] {
  const lines = [
    `variable      ${tokenVariable}`,
    'scope         purge_select',
    '              and purge_all, for plans that invalidate everything',
    `service       ${serviceId} alone`,
  ];
  return [{ title: `Fastly API token for service ${serviceId}`, format: 'text', body: lines.join('\n') }];
}
