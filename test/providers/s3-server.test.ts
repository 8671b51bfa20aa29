import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type S3ServerOptions, startS3Server } from '../servers/s3.ts';
import { makeTree } from '../temp.ts';

const Bucket = 'test-bucket';
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

async function open(options: S3ServerOptions = {}, secretAccessKey = 'testsecret123') {
  const server = await startS3Server(options);
  onTestFinished(() => server.close());
  const credentials = { accessKeyId: 'testaccess', secretAccessKey };
  const client = new S3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials,
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  return { server, client };
}

const refused = (status: number, name: string) => ({ name, $metadata: { httpStatusCode: status } });

/** The server is a witness in other tests, so it is checked itself, with the SDK as AWS ships it. */
describe('the in-repo S3 server', () => {
  test('refuses wrong signatures and anonymous writes, and shows the public what is public', async () => {
    const { client, server } = await open();
    const { client: forger } = await open({}, 'forged');
    await expect(forger.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'v' }))).rejects.toMatchObject(
      refused(403, 'SignatureDoesNotMatch'),
    );
    await client.send(new PutObjectCommand({ Bucket, Key: 'open', Body: 'v', ACL: 'public-read' }));
    await client.send(new PutObjectCommand({ Bucket, Key: 'closed', Body: 'v' }));
    const url = (key: string) => `${server.endpoint}/${Bucket}/${key}`;
    expect((await fetch(url('open'))).status).toBe(200);
    expect((await fetch(url('closed'))).status).toBe(403);
    expect((await fetch(url('open'), { method: 'PUT', body: 'x' })).status).toBe(403);
  });

  test('decodes aws-chunked bodies and records that they came', async () => {
    const { client, server } = await open();
    const bytes = randomBytes(400_000);
    const root = makeTree({ 'a.bin': bytes });
    const Body = createReadStream(join(root, 'a.bin'));
    await client.send(
      new PutObjectCommand({ Bucket, Key: 'k', Body, ContentLength: bytes.length, ContentEncoding: 'gzip' }),
    );
    expect(server.requests.at(-1)?.awsChunked).toBe(true);
    const stored = await client.send(new GetObjectCommand({ Bucket, Key: 'k' }));
    expect(stored.ContentEncoding).toBe('gzip');
    expect(Buffer.compare(await (stored.Body?.transformToByteArray() as Promise<Uint8Array>), bytes)).toBe(0);
  });

  test.each([
    ['CRC32', { ChecksumCRC32: 'AAAAAA==' }],
    ['CRC32C', { ChecksumCRC32C: 'AAAAAA==' }],
    ['SHA-256', { ChecksumSHA256: createHash('sha256').update('other').digest('base64') }],
    ['MD5', { ContentMD5: createHash('md5').update('other').digest('base64') }],
  ])('refuses a body whose %s does not fit', async (_, checksum) => {
    const { client, server } = await open();
    await expect(client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'v', ...checksum }))).rejects.toMatchObject(
      refused(400, 'BadDigest'),
    );
    expect(server.objects(Bucket).size).toBe(0);
  });

  test.each(['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const)('takes a body whose %s fits', async (ChecksumAlgorithm) => {
    const { client } = await open();
    await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'value', ChecksumAlgorithm }));
  });

  test('lists with delimiter, start and page size', async () => {
    const { client } = await open();
    for (const Key of ['a/1', 'a/2', 'b', 'c/1']) await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    const top = await client.send(new ListObjectsV2Command({ Bucket, Delimiter: '/' }));
    expect(top.CommonPrefixes).toEqual([{ Prefix: 'a/' }, { Prefix: 'c/' }]);
    expect(top.Contents?.map(({ Key }) => Key)).toEqual(['b']);
    const first = await client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 2, StartAfter: 'a/1' }));
    expect(first.Contents?.map(({ Key }) => Key)).toEqual(['a/2', 'b']);
    const ContinuationToken = first.NextContinuationToken;
    const second = await client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 2, ContinuationToken }));
    expect(second).toMatchObject({ IsTruncated: false, KeyCount: 1 });
  });

  test('keeps multipart uploads apart until they are whole', async () => {
    const { client, server } = await open();
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }));
    const parts = [];
    for (const PartNumber of [1, 2]) {
      const { ETag } = await client.send(
        new UploadPartCommand({ Bucket, Key: 'k', UploadId, PartNumber, Body: 'small' }),
      );
      parts.push({ PartNumber, ETag });
    }
    expect(server.objects(Bucket).size).toBe(0);
    expect((await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads).toHaveLength(1);
    const finish = (Parts: object[]) =>
      client.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'k', UploadId, MultipartUpload: { Parts } }));
    await expect(finish(parts)).rejects.toMatchObject(refused(400, 'EntityTooSmall'));
    await expect(finish([{ PartNumber: 3, ETag: 'x' }])).rejects.toMatchObject(refused(400, 'InvalidPart'));
    expect(await finish(parts.slice(0, 1))).toMatchObject({ ETag: expect.stringMatching(/^"[0-9a-f]{32}-1"$/) });
    await expect(finish(parts)).rejects.toMatchObject(refused(404, 'NoSuchUpload'));
  });

  test('serves ranges of what it keeps in memory and in files', async () => {
    for (const spillBytes of [0, 2 ** 20]) {
      const { client } = await open({ spillBytes });
      await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '0123456789' }));
      const part = await client.send(new GetObjectCommand({ Bucket, Key: 'k', Range: 'bytes=2-4' }));
      expect(part.ContentRange).toBe('bytes 2-4/10');
      expect(await part.Body?.transformToString()).toBe('234');
      const etag = part.ETag as string;
      await expect(client.send(new GetObjectCommand({ Bucket, Key: 'k', IfNoneMatch: etag }))).rejects.toMatchObject({
        $metadata: { httpStatusCode: 304 },
      });
    }
  });
});
