import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Receipt } from '../../src/receipt.ts';
import { makeTree } from '../temp.ts';
import { parseError, parseJson, site, waybill } from './waybill.ts';

/** Its edge refuses while a file `refuse` stands beside the configuration. */
const config = `
import { existsSync } from 'node:fs';
import { defineConfig, defineProvider, ProviderError } from 'waybill';

const traits = { scopes: ['paths'], encoding: 'uri', maxPaths: 100, price: { perItemUsd: 0.005, freePerMonth: 1000 } };
const edge = defineProvider({
  kind: 'edge', id: 'picky', packages: [], parse: (raw) => raw,
  open: async (options, { directory }) => [{
    name: 'picky', traits,
    async invalidate() {
      if (existsSync(directory + '/refuse')) throw new ProviderError('rejected', 'Not today.');
      return { id: 'I1' };
    },
  }],
});
export default defineConfig({
  sources: [{ kind: 'directory', path: 'site' }],
  environments: { dev: { origin: { use: 'local', directory: '.cdn' }, edge: { use: edge }, url: 'https://cdn.example/' } },
});
`;

test('an edge that refuses: exit 3 with receipt, warning and what is owed; the next run pays it', async () => {
  const cwd = makeTree({ ...site, refuse: '', 'waybill.config.mjs': config });
  const failed = await waybill(cwd, 'deploy --json');
  expect(failed.code).toBe(3);
  const { version, owed } = parseJson<Receipt>(failed);
  expect({ version, edges: new Set(owed.map(({ edge }) => edge)) }).toEqual({ version: 1, edges: new Set(['picky']) });
  expect(failed.stderr).toContain('warning: picky did not take the invalidation: Not today.');
  expect(parseError(failed)).toMatchObject({
    code: 'INVALIDATION_OWED',
    exitCode: 3,
    message: expect.stringMatching(/ URLs: picky: Not today\. Visitors may/),
  });

  expect((await waybill(cwd, 'status')).stdout).toMatch(/owed +\d+ items? at picky: \//);
  const plan = await waybill(cwd, 'plan --exit-code');
  expect(plan.code).toBe(10);
  expect(plan.stdout).toContain('owed invalidations, paid first');

  rmSync(join(cwd, 'refuse'));
  const paid = await waybill(cwd, 'deploy --json');
  expect(paid.code).toBe(0);
  expect(parseJson<Receipt>(paid)).toMatchObject({ owed: [], uploaded: { files: 0 } });
  expect(parseJson<Receipt>(paid).invalidated[0]).toMatchObject({ edge: 'picky' });
});
