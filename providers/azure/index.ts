import type { OriginProvider } from '../../src/provider/contract.ts';
import { parseOptions } from '../../src/provider/define.ts';
import { type AzureOptions, optionsSchema, toBaseUrl, toRoot } from './options.ts';
import { openAzure } from './origin.ts';
import { azurePolicy } from './policy.ts';

/** Azure Blob Storage. */
export const azureOrigin: OriginProvider<AzureOptions> = {
  kind: 'origin',
  id: 'azure',
  packages: ['@azure/storage-blob', '@azure/identity'],
  parse: (raw, path) => parseOptions(optionsSchema, raw, path),
  locate(options) {
    const { host, pathname } = new URL(toBaseUrl(options));
    const store = `${host}${pathname.replace(/\/$/, '')}/${options.container}`;
    return { store, prefix: toRoot(options.prefix).slice(0, -1) };
  },
  policy: azurePolicy,
  open: (options, context) => openAzure(options, context),
};
