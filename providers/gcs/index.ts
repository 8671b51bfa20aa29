import type { OriginProvider } from '../../src/provider/contract.ts';
import { parseOptions } from '../../src/provider/define.ts';
import { type GcsOptions, optionsSchema, toBaseUrl, toRoot } from './options.ts';
import { openGcs } from './origin.ts';
import { gcsPolicy } from './policy.ts';

/** Google Cloud Storage. */
export const gcsOrigin: OriginProvider<GcsOptions> = {
  kind: 'origin',
  id: 'gcs',
  packages: ['@google-cloud/storage'],
  parse: (raw, path) => parseOptions(optionsSchema, raw, path),
  locate(options) {
    const store = `${new URL(toBaseUrl(options)).host}/${options.bucket}`;
    return { store, prefix: toRoot(options.prefix).slice(0, -1) };
  },
  policy: gcsPolicy,
  open: (options, context) => openGcs(options, context),
};
