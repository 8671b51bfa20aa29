import { expect, onTestFinished, test } from 'vitest';
import { startAzureServer } from '../servers/azure.ts';
import { azuriteAccount, azuriteKey } from '../servers/azurite.ts';
import { startGcsServer } from '../servers/gcs.ts';
import { type S3ServerOptions, startS3Server } from '../servers/s3.ts';
import { b2Manners, r2Manners } from '../servers/s3-dialects.ts';
import { makeTree, writeTree } from '../temp.ts';
import { parseJson, renderConfig, waybill } from './waybill.ts';

/** A store to deploy to: options, credentials, and what stands at `a/app.js`. */
interface Store {
  readonly options: object;
  readonly env: Readonly<Record<string, string>>;
  stored(): string | undefined;
}

const aws = { AWS_ACCESS_KEY_ID: 'testaccess', AWS_SECRET_ACCESS_KEY: 'testsecret123' };

async function openS3(region: string, options: object, server: S3ServerOptions): Promise<Store> {
  // The SDK's own chain reads the process's variables.
  Object.assign(process.env, aws);
  const s3 = await startS3Server({ ...server, buckets: ['shop'], credentials: { region } });
  onTestFinished(() => s3.close());
  const stored = () => s3.objects('shop').get('a/app.js')?.etag;
  return { options: { bucket: 'shop', endpoint: s3.endpoint, ...options }, env: aws, stored };
}

/** The etag of an S3 is the MD5 of these small bodies, so it stands for them. */
const md5 = { one: 'f97c5d29941bfb1b2fdab0874906ab82', two: 'b8a9f715dbb64fd5c56e7783c6820a61' };
const asIs = { one: 'one', two: 'two' };

/** One site deployed, changed and rolled back, with nothing but the origin's options between the configurations. */
const stores: Readonly<Record<string, { open(): Promise<Store>; bodies: typeof asIs }>> = {
  r2: { open: () => openS3('auto', {}, { onRequest: r2Manners({ writeIntervalMs: 900 }) }), bodies: md5 },
  b2: { open: () => openS3('us-west-004', { region: 'us-west-004' }, { onRequest: b2Manners() }), bodies: md5 },
  spaces: {
    open: () =>
      openS3(
        'us-east-1',
        { region: 'nyc3', acl: 'public-read' },
        {
          unquotedEtags: true,
          ignoreCopyConditions: true,
        },
      ),
    bodies: md5,
  },
  minio: { open: () => openS3('us-east-1', {}, {}), bodies: md5 },
  gcs: {
    async open() {
      const gcs = await startGcsServer({ buckets: ['shop'] });
      onTestFinished(() => gcs.close());
      const stored = () => gcs.objects('shop').get('a/app.js')?.bytes.toString();
      return { options: { bucket: 'shop', endpoint: gcs.endpoint }, env: {}, stored };
    },
    bodies: asIs,
  },
  azure: {
    async open() {
      const azure = await startAzureServer({ containers: ['$web'] });
      onTestFinished(() => azure.close());
      const stored = () => azure.blobs('$web').get('a/app.js')?.bytes.toString();
      const options = { container: '$web', account: azuriteAccount, endpoint: azure.endpoint };
      return { options, env: { AZURE_STORAGE_KEY: azuriteKey }, stored };
    },
    bodies: asIs,
  },
};

test.each(Object.entries(stores))('%s: deploy, change, roll back', { timeout: 60_000 }, async (use, one) => {
  const { options, env, stored } = await one.open();
  const folder = makeTree({
    'site/index.html': '<script src="app.js"></script>',
    'site/app.js': 'one',
    'waybill.config.json': renderConfig({
      prod: { origin: { use, prefix: 'a', ...options }, url: 'https://static.shop.example/a/' },
    }),
  });
  const run = async (line: string) => {
    const done = await waybill(folder, `${line} --json`, { env });
    expect(done).toMatchObject({ code: 0, stderr: expect.any(String) });
    return parseJson(done);
  };
  expect(await run('deploy')).toMatchObject({ version: 1, uploaded: { files: 2 } });
  expect(await run('deploy')).toMatchObject({ version: 1, uploaded: { files: 0 }, requests: { write: 0 } });
  expect(stored()).toBe(one.bodies.one);
  writeTree(folder, { 'site/app.js': 'two' });
  expect(await run('deploy')).toMatchObject({ version: 2, uploaded: { files: 1 }, unchanged: 1 });
  expect(stored()).toBe(one.bodies.two);
  expect(await run('rollback')).toMatchObject({ version: 1, uploaded: { files: 0 }, copied: 1 });
  expect(stored()).toBe(one.bodies.one);
  expect(await run('status')).toMatchObject({ live: { version: 1 }, drift: { missing: [], altered: [] } });
});
