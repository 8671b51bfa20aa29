import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { s3Origin } from '../../providers/s3/index.ts';
import { type S3Server, type S3ServerOptions, startS3Server } from '../servers/s3.ts';
import { describeOrigin, type Known, type OpenedOrigin } from './origin.ts';

const testAccount = { accessKeyId: 'testaccess', secretAccessKey: 'testsecret123', region: 'us-east-1' };

interface Endpoint {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

/** Stores of other makers, and what they are known not to do; see docs/providers/s3.md. */
const knownStores: Readonly<Record<string, Known>> = {};

/** In-repo servers with the manners of different stores; all must pass alike. The first one lists more keys. */
const servers: Readonly<Record<string, { options: S3ServerOptions; known: Known }>> = {
  's3, in-repo server': { options: {}, known: {} },
  's3, in-repo server with the manners of Ceph radosgw': {
    options: { unquotedEtags: true, ignoreCopyConditions: true },
    known: { manyKeys: 1001 },
  },
  's3, in-repo server with KMS (trap 15: no etag is an MD5)': { options: { kms: true }, known: { manyKeys: 1001 } },
};

describe.each(Object.entries(servers))('%s', (name, { options, known }) => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3Server({ ...options, buckets: ['contract', 'neighbour'] });
  });
  afterAll(() => server.close());
  const open = () => openOrigin({ ...testAccount, endpoint: server.endpoint });
  describeOrigin(name, open, known);
  test('no body ever came in aws-chunked frames', () => {
    expect(server.requests.filter(({ operation }) => operation === 'UploadPart').length).toBeGreaterThan(0);
    expect(server.requests.filter(({ awsChunked }) => awsChunked)).toEqual([]);
    expect(server.uploads('contract')).toBe(0);
  });
});

const others = (process.env.WAYBILL_TEST_S3 ?? '').split(',').filter((entry) => entry !== '');
if (others.length === 0) {
  console.info('WAYBILL_TEST_S3 is not set: S3 is tested against the in-repo server only, not against other stores.');
}

for (const entry of others) {
  const [name = '', where = ''] = entry.split('=');
  const [endpoint = '', accessKeyId = '', secretAccessKey = '', region = 'us-east-1'] = where.split('|');
  describe(name, () => {
    const store = { endpoint, accessKeyId, secretAccessKey, region };
    beforeAll(async () => {
      const client = connect(store);
      for (const Bucket of ['contract', 'neighbour']) {
        await client.send(new CreateBucketCommand({ Bucket })).catch((error: { name?: string }) => {
          if (!error.name?.startsWith('BucketAlready')) throw error;
        });
      }
      client.destroy();
    });
    describeOrigin(`s3, ${name}`, () => openOrigin(store), knownStores[name]);
  });
}

function connect({ endpoint, region, ...credentials }: Endpoint): S3Client {
  return new S3Client({ endpoint, region, forcePathStyle: true, credentials });
}

/** Credentials come from the environment, as in a real run: the SDK's own chain finds them. */
async function openOrigin(store: Endpoint): Promise<OpenedOrigin> {
  const prefix = `site/${randomUUID()}`;
  process.env.AWS_ACCESS_KEY_ID = store.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = store.secretAccessKey;
  const { endpoint, region } = store;
  const raw = { bucket: 'contract', prefix, endpoint, region, acl: 'public-read' };
  const openAt = (bucket: string) =>
    s3Origin.open(s3Origin.parse({ ...raw, bucket }, 'origin'), { env: process.env, directory: '/' });
  return {
    origin: await openAt('contract'),
    neighbour: () => openAt('neighbour'),
    async foreign(key, bytes) {
      const client = connect(store);
      await client.send(new PutObjectCommand({ Bucket: 'contract', Key: `${prefix}/${key}`, Body: bytes }));
      client.destroy();
    },
    isPublic: async (key) => (await fetch(`${endpoint}/contract/${prefix}/${key}`)).status === 200,
  };
}
