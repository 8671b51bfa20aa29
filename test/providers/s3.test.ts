import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Origin } from '../../src/provider/contract.ts';
import { calm, collect, toBody, toObject, toText } from '../contract/body.ts';
import type { Fault, S3Request } from '../servers/s3.ts';
import { makeTree } from '../temp.ts';
import { openAt, openOnServer } from './s3-open.ts';

const everything: [string, (origin: Origin) => Promise<unknown>][] = [
  ['list', (origin) => collect(origin.list({ prefix: '' }, calm()))],
  ['read', (origin) => origin.read('k', calm())],
  ['head', (origin) => origin.head('k', calm())],
  ['write', (origin) => origin.write(toObject('k', 'v'), calm())],
  ['conditional write', (origin) => origin.write(toObject('k', 'v', { ifMatch: 'abc' }), calm())],
  ['big write', (origin) => origin.write(toObject('k', new Uint8Array(17 * 2 ** 20)), calm())],
  ['copy', (origin) => origin.copy({ key: 'k', etag: 'e' }, toObject('l', 'v'), calm())],
  ['remove', (origin) => origin.remove(['k'], calm())],
];

describe('a bucket that does not exist', () => {
  test.each(everything)('%s: an error that names it, never "nothing there"', async (_, work) => {
    const { origin } = await openOnServer({ raw: { bucket: 'no-such-bucket' } });
    await expect(work(origin)).rejects.toMatchObject({
      kind: 'missing',
      message: expect.stringMatching(
        /^S3 bucket no-such-bucket: .* the bucket does not exist at http:\/\/127\.0\.0\.1:\d+\.$/,
      ),
    });
  });

  test('is looked for once, and not at all after another answer', async () => {
    const { origin, operations } = await openOnServer();
    for (const key of ['a', 'b', 'c']) expect(await origin.head(key, calm())).toBeUndefined();
    expect(operations()).toEqual(['HeadObject', 'HeadBucket', 'HeadObject', 'HeadObject']);
    const second = await openOnServer();
    expect(await second.origin.read('a', calm())).toBeUndefined();
    expect(await second.origin.head('a', calm())).toBeUndefined();
    expect(second.operations()).toEqual(['GetObject', 'HeadObject']);
  });

  test('who may not ask for the bucket is answered all the same', async () => {
    const onRequest = ({ operation }: S3Request): Fault | undefined =>
      operation === 'HeadBucket' ? { status: 403, code: 'AccessDenied' } : undefined;
    const { origin } = await openOnServer({ server: { onRequest } });
    expect(await origin.head('a', calm())).toBeUndefined();
  });
});

describe('faults reach the retry wrapper as what they are, after one request', () => {
  const faults: [string, Fault, object][] = [
    [
      'SlowDown',
      { status: 503, code: 'SlowDown', headers: { 'retry-after': '2' } },
      { kind: 'throttled', retryAfterMs: 2000 },
    ],
    ['InternalError', { status: 500, code: 'InternalError' }, { kind: 'unavailable' }],
    ['a cut connection', 'reset', { kind: 'unavailable' }],
    ['a lost answer', 'lose-answer', { kind: 'unavailable' }],
    ['AccessDenied', { status: 403, code: 'AccessDenied' }, { kind: 'auth' }],
  ];
  const single = everything.filter(([name]) => ['list', 'read', 'head', 'write', 'remove'].includes(name));
  const cases = faults.flatMap(([what, fault, expected]) =>
    single.map(([name, work]) => ({ what, name, fault, expected, work })),
  );
  test.each(cases)('$what at $name', async ({ fault, expected, work }) => {
    const { origin, operations } = await openOnServer({ server: { onRequest: () => fault } });
    await expect(work(origin)).rejects.toMatchObject(expected);
    expect(operations()).toHaveLength(1);
  });

  test('a body that breaks off half-way', async () => {
    const { origin, server } = await openOnServer();
    await origin.write(toObject('k', new Uint8Array(2 ** 22)), calm());
    const stored = await origin.read('k', calm());
    const iterator = stored?.body[Symbol.asyncIterator]();
    await iterator?.next();
    await server.close();
    const drain = async () => {
      while (!(await iterator?.next())?.done);
    };
    await expect(drain()).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringContaining('site/k') });
  });

  test('a host that does not exist is named', async () => {
    const origin = await openAt('http://127.0.0.1:1');
    await expect(origin.head('k', calm())).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('http://127.0.0.1:1'),
    });
  });
});

describe('credentials and region', () => {
  test('a wrong secret', async () => {
    const { origin } = await openOnServer({ server: { credentials: { secretAccessKey: 'another' } } });
    await expect(origin.write(toObject('k', 'v'), calm())).rejects.toMatchObject({
      kind: 'auth',
      hint: expect.stringContaining('secret'),
    });
  });

  test('another region is named', async () => {
    const { origin } = await openOnServer({ server: { credentials: { region: 'eu-west-1' } } });
    const hint = expect.stringContaining("region: 'eu-west-1'");
    await expect(origin.head('k', calm())).rejects.toMatchObject({ kind: 'rejected', hint });
    await expect(origin.write(toObject('k', 'v'), calm())).rejects.toMatchObject({ kind: 'rejected', hint });
  });

  test('no credentials at all, and those of a profile', async () => {
    const { origin, server } = await openOnServer();
    await origin.write(toObject('k', 'v'), calm());
    const root = makeTree({
      credentials: '[deployer]\naws_access_key_id = testaccess\naws_secret_access_key = testsecret123\n',
      config: '',
    });
    const before = { ...process.env };
    onTestFinished(() => {
      process.env = before;
    });
    const profiled = await openAt(server.endpoint, { profile: 'deployer' });
    const unknown = await openAt(server.endpoint, { profile: 'nobody' });
    const bare = await openAt(server.endpoint, {}, {}, {});
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
    process.env.AWS_EC2_METADATA_DISABLED = 'true';
    process.env.AWS_SHARED_CREDENTIALS_FILE = `${root}/credentials`;
    process.env.AWS_CONFIG_FILE = `${root}/config`;
    expect(await toText(await profiled.read('k', calm()))).toBe('v');
    const hint = expect.stringContaining('AWS_ACCESS_KEY_ID');
    await expect(bare.head('k', calm())).rejects.toMatchObject({ kind: 'auth', hint });
    await expect(unknown.head('k', calm())).rejects.toMatchObject({ kind: 'auth', hint });
  });
});

describe('trap 2: DeleteObjects answers 200 although keys failed', () => {
  test('the call rejects, names them, and the others are gone', async () => {
    const deleteErrors = (key: string) =>
      /\/[2-9]$/.test(key) ? { code: 'AccessDenied', message: 'Access Denied' } : undefined;
    const { origin, server } = await openOnServer({ server: { deleteErrors } });
    const keys = Array.from({ length: 10 }, (_, i) => `r/${i}`);
    for (const key of keys) await origin.write(toObject(key, 'x'), calm());
    await expect(origin.remove(keys, calm())).rejects.toMatchObject({
      kind: 'auth',
      message: expect.stringMatching(
        /s3:DeleteObject.* 8 of 10 objects were not removed: site\/r\/2 \(AccessDenied\), .* and 3 more\.$/,
      ),
      hint: expect.stringContaining('s3:DeleteObject'),
    });
    expect([...server.objects('test-bucket').keys()]).toEqual(keys.slice(2).map((key) => `site/${key}`));
  });

  test('an internal error of one key can be retried', async () => {
    const deleteErrors = () => ({ code: 'InternalError', message: 'try again' });
    const { origin } = await openOnServer({ server: { deleteErrors } });
    await expect(origin.remove(['a'], calm())).rejects.toMatchObject({ kind: 'unavailable' });
  });

  test('2,500 keys go in three batches', async () => {
    const { origin, operations, server } = await openOnServer();
    await origin.remove(
      Array.from({ length: 2500 }, (_, i) => `k/${i}`),
      calm(),
    );
    expect(operations()).toEqual(['DeleteObjects', 'DeleteObjects', 'DeleteObjects']);
    for (const { headers } of server.requests) expect(headers).toHaveProperty('content-md5');
  });
});

describe('what is sent', () => {
  test('a small body goes in one signed piece, with its digest as metadata', async () => {
    const { origin, server } = await openOnServer();
    await origin.write(toObject('k', 'bytes'), calm());
    const { sha256 } = toBody('bytes');
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({
      operation: 'PutObject',
      awsChunked: false,
      headers: { 'content-length': '5', 'x-amz-content-sha256': sha256, 'x-amz-meta-sha256': sha256 },
    });
    expect(server.requests[0]?.headers).not.toHaveProperty('x-amz-acl');
    expect(server.requests[0]?.headers).not.toHaveProperty('expect');
    expect(Object.keys(server.requests[0]?.headers ?? {}).join()).not.toContain('checksum');
  });

  test('encryption and ACL stand on every write, copy and multipart upload, public ACLs not on state', async () => {
    const raw = { acl: 'public-read', serverSideEncryption: 'aws:kms', kmsKeyId: 'key-1' };
    const { origin, server } = await openOnServer({ raw, tuning: { maxCopyBytes: 2 ** 20 } });
    const big = new Uint8Array(17 * 2 ** 20);
    const { etag } = await origin.write(toObject('small', 'x'), calm());
    const bigEtag = (await origin.write(toObject('big', big), calm())).etag;
    await origin.copy({ key: 'small', etag }, toObject('copied', 'x'), calm());
    await origin.copy({ key: 'big', etag: bigEtag }, toObject('big-copied', big), calm());
    await origin.write(toObject('state', 'x', { visibility: 'private' }), calm());
    const objects = server.objects('test-bucket');
    const encryption = {
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'key-1',
    };
    for (const [key, object] of objects) {
      expect(object, key).toMatchObject({ encryption, acl: key === 'site/state' ? undefined : 'public-read' });
    }
    expect(objects.size).toBe(5);
  });

  test('an ACL that opens nothing stands on state too', async () => {
    const { origin, server } = await openOnServer({ raw: { acl: 'bucket-owner-full-control' } });
    await origin.write(toObject('state', 'x', { visibility: 'private' }), calm());
    expect(server.objects('test-bucket').get('site/state')?.acl).toBe('bucket-owner-full-control');
  });

  test.each([
    ['set-cookie', 'a=b'],
    ['x-amz-meta-sha256', 'mine'],
    ['expires', 'tomorrow'],
    ['content-language', 'žluť'],
  ])('the header %s: %s is refused before anything is sent', async (name, value) => {
    const { origin, server } = await openOnServer();
    const write = origin.write(toObject('k', 'v', { headers: { [name]: value } }), calm());
    await expect(write).rejects.toMatchObject({ kind: 'rejected', message: expect.stringContaining(name) });
    expect(server.requests).toEqual([]);
  });

  test('expires is kept as it was written', async () => {
    const { origin } = await openOnServer();
    const headers = { 'content-type': 'text/plain', expires: 'Wed, 01 Jan 2031 00:00:00 GMT' };
    await origin.write(toObject('k', 'v', { headers }), calm());
    expect((await origin.head('k', calm()))?.headers).toEqual(headers);
  });
});

describe('what is read', () => {
  test('the age of an object is by the store’s clock', async () => {
    const { origin } = await openOnServer({ server: { clockOffsetMs: -600_000 } });
    await origin.write(toObject('k', 'v'), calm());
    const stored = await origin.read('k', calm());
    await toText(stored);
    expect(stored?.ageMs).toBeLessThan(5000);
  });

  test('the prefix counts against the longest key, and its own folder mark is no object', async () => {
    const { origin, server } = await openOnServer({ raw: { prefix: '' } });
    expect(origin.traits.maxKeyBytes).toBe(1024);
    await origin.write(toObject('žluť/', ''), calm());
    await origin.write(toObject('žluť/a', ''), calm());
    const inside = await openAt(server.endpoint, { prefix: 'žluť' });
    expect(inside.traits.maxKeyBytes).toBe(1024 - 7);
    expect((await collect(inside.list({ prefix: '' }, calm()))).map(({ key }) => key)).toEqual(['a']);
    expect(server.requests.at(-1)?.query).toMatchObject({ prefix: 'žluť/', 'encoding-type': 'url' });
  });

  test('a listing that ends nowhere is an error, not an endless loop', async () => {
    const page =
      '<ListBucketResult><IsTruncated>true</IsTruncated><Contents><Key>site/a</Key></Contents></ListBucketResult>';
    const server = createServer((_, response) => response.end(page)).listen(0, '127.0.0.1');
    onTestFinished(() => void server.closeAllConnections());
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const origin = await openAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await expect(collect(origin.list({ prefix: '' }, calm()))).rejects.toThrow(/cut off/);
  });
});
