// Where the tools deploy to: the tests' S3 in a process of its own, fresh for each tool, or an endpoint of somebody's.
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { startProxy, startServer, testCredentials } from './servers.mjs';

/** `endpoint` is what the tools are given; `ask` resolves with the requests since the last time, undefined where nobody counts. */
export async function openStore({ endpoint, bundle, folder, roundTripMs, buckets }) {
  const own = endpoint === undefined ? await startServer(bundle, folder, buckets) : undefined;
  const credentials = own === undefined ? credentialsOf(process.env) : testCredentials;
  const behind = own?.address ?? endpoint;
  const foreign = own === undefined ? await makeBuckets({ endpoint, credentials, buckets }) : undefined;
  const proxy = roundTripMs > 0 ? await startProxy(new URL(behind).host, roundTripMs) : undefined;
  return {
    endpoint: proxy === undefined ? behind : `http://${proxy.address}`,
    credentials,
    ask: () => (own ?? proxy)?.ask(),
    close: async () => {
      await proxy?.close();
      await own?.close();
      await foreign?.remove();
    },
  };
}

function credentialsOf({ AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION = 'us-east-1' }) {
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY)
    throw new Error('--endpoint needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.');
  return { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY, region: AWS_REGION };
}

async function makeBuckets({ endpoint, credentials, buckets }) {
  const client = new S3Client({ endpoint, credentials, region: credentials.region, forcePathStyle: true });
  for (const Bucket of buckets) await client.send(new CreateBucketCommand({ Bucket }));
  return {
    remove: async () => {
      for (const Bucket of buckets) {
        for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket })) {
          const Objects = Contents.map(({ Key }) => ({ Key }));
          if (Objects.length > 0)
            await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
        }
        await client.send(new DeleteBucketCommand({ Bucket }));
      }
      client.destroy();
    },
  };
}
