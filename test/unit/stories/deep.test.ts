import { CopyObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { withoutNodeVersionWarning } from '../../../src/provider/aws-sdk.ts';
import { readStatus } from '../../../src/status.ts';
import { openOnServer } from '../../providers/s3-open.ts';
import { makeRig } from '../../rig.ts';

const site = { 'index.html': 'home', 'app.css': 'a{}', 'app-5WLTJH4U.js': '1' };

/** A site on S3, where the etag is a hash of the bytes, and somebody who copies objects onto themselves under other headers. */
async function openSite() {
  const { server, origin, operations } = await openOnServer();
  const rig = makeRig({ files: site, origin });
  const client = withoutNodeVersionWarning(
    () =>
      new S3Client({
        endpoint: server.endpoint,
        region: 'us-east-1',
        forcePathStyle: true,
        credentials: { accessKeyId: 'testaccess', secretAccessKey: 'testsecret123' },
      }),
  );
  const rehead = (key: string, metadata: Record<string, string>) =>
    client.send(
      new CopyObjectCommand({
        Bucket: 'test-bucket',
        Key: `site/${key}`,
        CopySource: `test-bucket/site/${key}`,
        MetadataDirective: 'REPLACE',
        ContentType: 'text/plain',
        Metadata: metadata,
      }),
    );
  return { rig, rehead, operations, status: async (deep: boolean) => readStatus(await rig.session(), { deep }) };
}

test('headers changed behind our back under the same etag: only a deep look sees them, and a deep deploy repairs them', async () => {
  const { rig, rehead, operations, status } = await openSite();
  await rig.deploy();
  await rehead('app.css', {});
  await rehead('app-5WLTJH4U.js', {});

  // A listing shows nothing of it, so an ordinary deploy repairs nothing.
  expect((await status(false)).drift).toEqual({ missing: [], altered: [], headers: [] });
  expect(await rig.deploy()).toMatchObject({ copied: 0, uploaded: { files: 0 } });
  operations();
  expect(await status(true)).toMatchObject({
    deep: true,
    drift: { missing: [], altered: [], headers: ['app-5WLTJH4U.js', 'app.css'] },
  });
  expect(operations().filter((name) => name === 'HeadObject')).toHaveLength(3);

  const { plan } = await rig.plan({ deep: true });
  expect(plan.summary).toMatchObject({ upload: 0, copy: 2, unchanged: 1 });
  expect(await rig.deploy({ deep: true })).toMatchObject({
    version: 1,
    copied: 2,
    uploaded: { files: 0 },
    unchanged: 1,
  });
  expect((await status(true)).drift).toEqual({ missing: [], altered: [], headers: [] });
  const session = await rig.session();
  expect((await session.origin.head('app.css', session.call))?.headers['content-type']).toBe('text/css; charset=utf-8');
});

test('a digest that somebody wrote into the metadata is drift too', async () => {
  const { rig, rehead, status } = await openSite();
  await rig.deploy();
  await rehead('app.css', { sha256: '0'.repeat(64) });
  expect((await status(false)).drift.altered).toEqual([]);
  expect((await status(true)).drift.altered).toEqual(['app.css']);
  expect(await rig.deploy({ deep: true })).toMatchObject({ version: 1, uploaded: { files: 1 } });
  expect((await status(true)).drift).toEqual({ missing: [], altered: [], headers: [] });
});

test('a deep deploy that finds nothing writes nothing', async () => {
  const { rig } = await openSite();
  await rig.deploy();
  expect(await rig.deploy({ deep: true, trustManifest: true })).toMatchObject({
    requests: { write: 0, copy: 0 },
    unchanged: 3,
  });
});

test('where every write changes the etag, the next deploy sees other headers by itself', async () => {
  const rig = makeRig({ files: site });
  await rig.deploy();
  const session = await rig.session();
  const found = await session.origin.head('app.css', session.call);
  if (!found?.sha256) throw new Error('app.css is not there');
  const headers = { 'content-type': 'text/plain' };
  const { key, sha256, size, etag } = found;
  await session.origin.copy({ key, etag }, { key, sha256, size, headers, visibility: 'public' }, session.call);
  expect((await readStatus(await rig.session())).drift.headers).toEqual(['app.css']);
  expect(await rig.deploy()).toMatchObject({ version: 1, copied: 1 });
});
