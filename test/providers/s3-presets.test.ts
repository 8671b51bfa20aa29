import { describe, expect, test } from 'vitest';
import { catalogs } from '../../providers/index.ts';
import type { PolicyDocument } from '../../src/provider/contract.ts';

const account = '0123456789abcdef0123456789abcdef';

async function preset(id: string) {
  const load = catalogs.origins[id];
  if (!load) throw new Error(`There is no origin ${id}.`);
  return load();
}

async function parse(id: string, raw: object) {
  return (await preset(id)).parse({ bucket: 'shop-static', ...raw }, 'environments.prod.origin');
}

describe('where the presets look', () => {
  test.each([
    ['r2', { accountId: account }, `${account}.r2.cloudflarestorage.com`],
    ['r2', { accountId: account, jurisdiction: 'eu' }, `${account}.eu.r2.cloudflarestorage.com`],
    ['r2', { accountId: account, jurisdiction: 'fedramp' }, `${account}.fedramp.r2.cloudflarestorage.com`],
    ['r2', { endpoint: 'https://gateway.example/' }, 'gateway.example'],
    ['r2', { accountId: account, endpoint: 'https://gateway.example/' }, 'gateway.example'],
    ['b2', { region: 'us-west-004' }, 's3.us-west-004.backblazeb2.com'],
    ['b2', { region: 'us-west-004', endpoint: 'https://gateway.example/' }, 'gateway.example'],
    ['spaces', { region: 'nyc3' }, 'nyc3.digitaloceanspaces.com'],
    ['spaces', { region: 'nyc3', endpoint: 'https://gateway.example/' }, 'gateway.example'],
    ['minio', { endpoint: 'http://minio.example:9000' }, 'minio.example:9000'],
  ])('%s with %o', async (id, raw, host) => {
    const options = await parse(id, { prefix: '/a/', ...raw });
    expect((await preset(id)).locate(options, '/')).toEqual({ store: `${host}/shop-static`, prefix: 'a' });
  });
});

describe('what the presets refuse', () => {
  test.each([
    ['r2', {}, /origin\.accountId.*account id, or an `endpoint`/s],
    ['r2', { accountId: 'shop' }, /origin\.accountId.*32 hex digits/s],
    ['r2', { accountId: account, jurisdiction: 'us' }, /origin\.jurisdiction/],
    ['r2', { accountId: account, acl: 'public-read' }, /origin\.acl.*R2 has none/s],
    ['r2', { accountId: account, region: 'auto' }, /region/],
    ['b2', {}, /origin\.region/],
    ['b2', { region: 'Frankfurt' }, /origin\.region.*us-west-004/s],
    ['b2', { region: 'us-west-004', acl: 'public-read' }, /origin\.acl.*objects of B2 have none/s],
    ['b2', { region: 'us-west-004', serverSideEncryption: 'aws:kms' }, /origin\.serverSideEncryption/],
    ['spaces', { region: 'us-east-1' }, /origin\.region.*nyc3/s],
    ['spaces', { region: 'nyc3', acl: 'bucket-owner-full-control' }, /origin\.acl/],
    ['minio', {}, /origin\.endpoint/],
    ['minio', { endpoint: 'http://minio:9000', acl: 'public-read' }, /origin\.acl.*MinIO ignores them/s],
    ['minio', { endpoint: 'http://u:hunter22@minio:9000' }, /origin\.endpoint.*without user name/s],
  ])('%s with %o', async (id, raw, message) => {
    await expect(parse(id, raw)).rejects.toThrow(message);
  });
});

describe('least privilege', () => {
  const policyOf = async (id: string, raw: object): Promise<PolicyDocument[]> => {
    const provider = await preset(id);
    return provider.policy?.(await parse(id, raw)) ?? [];
  };

  test('s3 allows the calls that are made, below the prefix', async () => {
    const [document] = await policyOf('s3', { region: 'us-east-2', prefix: '/static/' });
    const { Statement } = JSON.parse(document?.body ?? '');
    expect(document?.format).toBe('json');
    expect(Statement).toEqual([
      { Sid: 'WaybillList', Effect: 'Allow', Action: ['s3:ListBucket'], Resource: 'arn:aws:s3:::shop-static' },
      {
        Sid: 'WaybillDeploy',
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'],
        Resource: 'arn:aws:s3:::shop-static/static/*',
      },
      {
        Sid: 'WaybillPrune',
        Effect: 'Allow',
        Action: ['s3:DeleteObject'],
        Resource: 'arn:aws:s3:::shop-static/static/*',
      },
    ]);
  });

  test('an ACL, a KMS key and an access point add what they need', async () => {
    const bucket = 'arn:aws:s3:us-east-2:123456789012:accesspoint/shop';
    const [document] = await policyOf('s3', {
      bucket,
      acl: 'public-read',
      serverSideEncryption: 'aws:kms',
      kmsKeyId: 'arn:aws:kms:us-east-2:123456789012:key/1',
    });
    const { Statement } = JSON.parse(document?.body ?? '');
    expect(Statement[1]).toMatchObject({
      Action: expect.arrayContaining(['s3:PutObjectAcl']),
      Resource: `${bucket}/object/*`,
    });
    expect(Statement[3]).toMatchObject({
      Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
      Resource: 'arn:aws:kms:us-east-2:123456789012:key/1',
    });
  });

  test.each([
    ['r2', { accountId: account }, /Object Read & Write[\s\S]*shop-static only/],
    ['b2', { region: 'us-west-004', prefix: 'static' }, /--bucket shop-static --name-prefix static\/[\s\S]*writeFiles/],
    ['spaces', { region: 'nyc3' }, /Limited Access[\s\S]*shop-static[\s\S]*Read\/Write\/Delete/],
    ['minio', { endpoint: 'http://minio:9000' }, /"s3:PutObject"/],
  ])('%s says it in the vendor’s words', async (id, raw, body) => {
    expect((await policyOf(id, raw))[0]?.body).toMatch(body);
  });
});
