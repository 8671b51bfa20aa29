import { expect, onTestFinished, test } from 'vitest';
import { startCloudFrontServer } from '../servers/cloudfront.ts';
import { startS3Server } from '../servers/s3.ts';
import { makeTree, writeTree } from '../temp.ts';
import { bin, runWell } from './waybill.ts';

/** The bundled SDKs are other files than those that tests import from node_modules, so the built command has a test of its own. */
test('the built command deploys to S3 and CloudFront and rolls back', async () => {
  const s3 = await startS3Server({ buckets: ['shop'] });
  onTestFinished(() => s3.close());
  const cloudfront = await startCloudFrontServer({ distributions: ['E2EXAMPLE'] });
  onTestFinished(() => cloudfront.close());
  const folder = makeTree({
    'site/index.html': '<script src="app.js"></script>',
    'site/app.js': 'one',
    'waybill.config.toml': `
      project = "shop"
      sources = [{ kind = "directory", path = "site" }]
      [environments.prod]
      url = "https://static.shop.example/a/"
      origin = { use = "s3", bucket = "shop", region = "us-east-1", prefix = "a", pathStyle = true, endpoint = "${s3.endpoint}" }
      edge = { use = "cloudfront", distributionId = "E2EXAMPLE", region = "us-east-1", endpoint = "${cloudfront.endpoint}" }`,
  });
  const run = async (...args: string[]) => {
    const env = { AWS_ACCESS_KEY_ID: 'testaccess', AWS_SECRET_ACCESS_KEY: 'testsecret123' };
    return JSON.parse(await runWell(process.execPath, [bin, ...args, '--env', 'prod', '--json'], { cwd: folder, env }));
  };
  const stored = () => s3.objects('shop').get('a/app.js');

  expect(await run('deploy')).toMatchObject({ version: 1, uploaded: { files: 2 } });
  writeTree(folder, { 'site/app.js': 'two' });
  const second = await run('deploy', '--wait', 'done');
  expect(second).toMatchObject({ version: 2, uploaded: { files: 1 }, owed: [] });
  expect(second.invalidated).toMatchObject([{ items: ['/a/app.js'] }]);
  expect(cloudfront.accepted('E2EXAMPLE')).toContain('/a/app.js');
  const changed = stored()?.etag;
  expect(await run('rollback')).toMatchObject({ version: 1, uploaded: { files: 0 }, copied: 1 });
  expect(stored()?.etag).not.toBe(changed);
  expect(await run('status')).toMatchObject({ live: { version: 1 }, drift: { missing: [], altered: [] } });
});
