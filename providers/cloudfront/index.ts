import type { EdgeProvider } from '../../src/provider/contract.ts';
import { parseOptions } from '../../src/provider/define.ts';
import { openApi } from './api.ts';
import { createCloudFrontEdge } from './edge.ts';
import { type CloudFrontOptions, optionsSchema } from './options.ts';
import { makePolicy } from './policy.ts';

/** Amazon CloudFront: one edge for each distribution; see docs/providers/cloudfront.md. */
export const cloudfrontEdge: EdgeProvider<CloudFrontOptions> = {
  kind: 'edge',
  id: 'cloudfront',
  packages: ['@aws-sdk/client-cloudfront'],
  parse: (raw, path) => parseOptions(optionsSchema, raw, path),
  policy: makePolicy,
  async open(options) {
    const api = await openApi(options);
    const ids = [options.distributionId].flat();
    // The edges share one client, which goes with the last of them.
    const open = new Set(ids);
    return ids.map((distributionId) =>
      createCloudFrontEdge(api, {
        name: Array.isArray(options.distributionId) ? `cloudfront:${distributionId}` : 'cloudfront',
        distributionId,
        queryStrings: options.queryStrings,
        async close() {
          if (open.delete(distributionId) && open.size === 0) api.close();
        },
      }),
    );
  },
};
