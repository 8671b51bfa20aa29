import { startAzureServer } from './azure.ts';
import { azuriteAccount, azuriteKey } from './azurite.ts';
import { startGcsServer } from './gcs.ts';
import { type S3ServerOptions, startS3Server } from './s3.ts';
import { b2Manners, r2Manners } from './s3-dialects.ts';

/** A store of one kind, started: what its origin is configured with, and what stands at its keys. */
export interface Store {
  /** Beside `use` and `prefix`. */
  readonly options: object;
  readonly env: Readonly<Record<string, string>>;
  /** Stands for the body at a key: the text, or its MD5. */
  stored(key: string): string | undefined;
  close(): Promise<void>;
}

export interface StoreKind {
  start(): Promise<Store>;
  readonly says: 'text' | 'md5';
}

export const aws = { AWS_ACCESS_KEY_ID: 'testaccess', AWS_SECRET_ACCESS_KEY: 'testsecret123' };

function s3Like(region: string, options: object = {}, server: S3ServerOptions = {}): StoreKind {
  return {
    says: 'md5',
    async start() {
      const s3 = await startS3Server({ ...server, buckets: ['shop'], credentials: { region } });
      return {
        options: { bucket: 'shop', endpoint: s3.endpoint, ...options },
        env: aws,
        stored: (key) => s3.objects('shop').get(key)?.etag,
        close: () => s3.close(),
      };
    },
  };
}

/** By the id of the provider. */
export const storeKinds: Readonly<Record<string, StoreKind>> = {
  s3: s3Like('us-east-2', { region: 'us-east-2' }),
  r2: s3Like('auto', {}, { onRequest: r2Manners({ writeIntervalMs: 900 }) }),
  b2: s3Like('us-west-004', { region: 'us-west-004' }, { onRequest: b2Manners() }),
  spaces: s3Like(
    'us-east-1',
    { region: 'nyc3', acl: 'public-read' },
    { unquotedEtags: true, ignoreCopyConditions: true },
  ),
  minio: s3Like('us-east-1'),
  gcs: {
    says: 'text',
    async start() {
      const gcs = await startGcsServer({ buckets: ['shop'] });
      return {
        options: { bucket: 'shop', endpoint: gcs.endpoint },
        env: {},
        stored: (key) => gcs.objects('shop').get(key)?.bytes.toString(),
        close: () => gcs.close(),
      };
    },
  },
  azure: {
    says: 'text',
    async start() {
      const azure = await startAzureServer({ containers: ['$web'] });
      return {
        options: { container: '$web', account: azuriteAccount, endpoint: azure.endpoint },
        env: { AZURE_STORAGE_KEY: azuriteKey },
        stored: (key) => azure.blobs('$web').get(key)?.bytes.toString(),
        close: () => azure.close(),
      };
    },
  },
};
