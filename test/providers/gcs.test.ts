import { Storage } from '@google-cloud/storage';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { gcsOrigin } from '../../providers/gcs/index.ts';
import { calm, collect, cssHeaders, noise, toBytes, toObject, toText } from '../contract/body.ts';
import { startGcsServer } from '../servers/gcs.ts';
import { startTokenServer } from '../servers/token-server.ts';
import { makeTree } from '../temp.ts';
import { openOnServer } from './gcs-open.ts';

const plain = { 'cache-control': 'no-store', 'content-type': 'text/plain' };
const small = { resumableBytes: 2 ** 18, chunkBytes: 2 ** 18 };

describe('options', () => {
  const parse = (raw: object) => gcsOrigin.parse({ bucket: 'shop-static', ...raw }, 'environments.prod.origin');

  test.each([
    ['no bucket', { bucket: undefined }, /origin\.bucket/],
    ['a bucket with its scheme', { bucket: 'gs://shop' }, /origin\.bucket.*bare name/s],
    ['an endpoint with a password', { endpoint: 'https://u:hunter22@x.example' }, /origin\.endpoint/],
    ['an unknown option', { acl: 'publicRead' }, /acl/],
  ])('%s is refused with its path', (_, raw, message) => {
    expect(() => parse(raw)).toThrow(message);
    expect(() => parse(raw)).not.toThrow(/hunter22/);
  });

  test('the location is host, bucket and prefix', () => {
    const locate = (raw: object) => gcsOrigin.locate(parse(raw), '/');
    expect(locate({ prefix: '/a/b/' })).toEqual({ store: 'storage.googleapis.com/shop-static', prefix: 'a/b' });
    expect(locate({ endpoint: 'http://127.0.0.1:9199' })).toEqual({ store: '127.0.0.1:9199/shop-static', prefix: '' });
  });

  test('the least privilege is four permissions on one bucket', () => {
    const [binding, role] = gcsOrigin.policy?.(parse({})) ?? [];
    expect(binding?.body).toMatch(/gs:\/\/shop-static[\s\S]*roles\/storage\.objectUser/);
    expect(JSON.parse(role?.body ?? '').includedPermissions).toEqual(
      ['create', 'delete', 'get', 'list'].map((name) => `storage.objects.${name}`),
    );
  });

  test('a key takes one write a second', async () => {
    const { origin } = await openOnServer();
    expect(origin.traits).toMatchObject({ writeIntervalMs: 1000, rangedList: true, listHash: 'none' });
  });
});

describe('application default credentials', () => {
  afterEach(() => void vi.unstubAllEnvs());

  async function openFederated(subject: string) {
    const tokens = await startTokenServer('access-token-1');
    onTestFinished(() => tokens.close());
    const folder = makeTree({
      'subject.txt': subject,
      'adc.json': JSON.stringify({
        type: 'external_account',
        audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/ci',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        token_url: tokens.url,
        credential_source: { file: 'SUBJECT' },
      }),
    });
    const { readFileSync, writeFileSync } = await import('node:fs');
    const file = `${folder}/adc.json`;
    writeFileSync(file, readFileSync(file, 'utf8').replace('SUBJECT', `${folder}/subject.txt`));
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file);
    const env = { GOOGLE_APPLICATION_CREDENTIALS: file };
    return { tokens, ...(await openOnServer({ server: { token: 'access-token-1' }, env, tuning: small })) };
  }

  test('a workload identity is exchanged for a token, once, which signs every request', async () => {
    const { origin, tokens } = await openFederated('known-subject');
    const { etag } = await origin.write(toObject('a', noise(2 ** 19 + 1)), calm());
    await origin.copy({ key: 'a', etag }, toObject('b', noise(2 ** 19 + 1)), calm());
    expect(await toBytes(await origin.read('b', calm()))).toHaveLength(2 ** 19 + 1);
    expect(await collect(origin.list({ prefix: '' }, calm()))).toHaveLength(2);
    await origin.remove(['a', 'b'], calm());
    expect(tokens.asked).toEqual(['known-subject']);
  });

  test('a refused identity is an error of credentials, and its token is not repeated', async () => {
    const { origin } = await openFederated('hunter2-subject');
    const failed = await origin.head('a', calm()).catch((error: unknown) => error);
    expect(failed).toMatchObject({
      kind: 'auth',
      hint: expect.stringContaining('gcloud auth application-default login'),
    });
    expect(String(failed)).not.toContain('hunter2');
  });

  test('over http nothing is signed unless the variable asks for it', async () => {
    const { origin, server } = await openOnServer({ server: { token: 'access-token-1' } });
    await expect(origin.head('a', calm())).rejects.toMatchObject({ kind: 'auth' });
    expect(server.requests[0]?.headers.authorization).toBeUndefined();
  });
});

describe('requests', () => {
  test('etags name bytes and metadata, and serve as preconditions', async () => {
    const { origin, server } = await openOnServer();
    const { etag } = await origin.write(toObject('a', '1', { ifMatch: null }), calm());
    expect(etag).toMatch(/^\d+-1$/);
    expect(server.requests.at(-1)?.query).toMatchObject({ ifGenerationMatch: '0', uploadType: 'multipart' });
    await origin.write(toObject('a', '2', { ifMatch: etag }), calm());
    const [ifGenerationMatch, ifMetagenerationMatch] = etag.split('-');
    expect(server.requests.at(-1)?.query).toMatchObject({ ifGenerationMatch, ifMetagenerationMatch });
  });

  test('an etag of another store is a conflict, and nothing is written', async () => {
    const { origin, operations } = await openOnServer();
    await origin.write(toObject('a', '1'), calm());
    operations();
    const write = origin.write(toObject('a', '2', { ifMatch: '0-0' }), calm());
    await expect(write).rejects.toMatchObject({ kind: 'conflict' });
    expect(operations()).toEqual([]);
  });

  test('a large body goes up in chunks, and what the server did not keep is sent again', async () => {
    const tuning = { resumableBytes: 2 ** 18, chunkBytes: 2 ** 20 };
    const { origin, operations } = await openOnServer({ tuning, server: { keptOfChunk: () => 2 ** 18 } });
    const bytes = Buffer.from(noise(2 ** 20 + 2 ** 18));
    let counted = 0;
    const onBytes = (count: number) => {
      counted += count;
    };
    await origin.write(toObject('a', bytes), { ...calm(), onBytes });
    expect(counted).toBe(bytes.length);
    expect(bytes.equals(await toBytes(await origin.read('a', calm())))).toBe(true);
    expect(operations().filter((name) => name === 'upload.continue')).toHaveLength(5);
  });

  test.each([
    ['a chunk in the middle', 'bytes 262144-'],
    ['the last chunk', 'bytes 524288-'],
  ])('%s whose answer is lost is asked for, not sent twice', async (_, range) => {
    let isLost = false;
    const onRequest = ({ headers }: { headers: Readonly<Record<string, string>> }) => {
      if (isLost || !headers['content-range']?.startsWith(range)) return undefined;
      isLost = true;
      return 'lose-answer' as const;
    };
    const { origin, operations, server } = await openOnServer({ tuning: small, server: { onRequest } });
    const bytes = Buffer.from(noise(3 * 2 ** 18));
    const again = <T>(attempt: () => Promise<T>) => attempt().catch(attempt);
    const { etag } = await origin.write(toObject('a', bytes), { ...calm(), again });
    expect(server.objects('test-bucket').get('site/a')?.bytes.equals(bytes)).toBe(true);
    expect((await origin.head('a', calm()))?.etag).toBe(etag);
    expect(operations().filter((name) => name === 'upload.continue')).toHaveLength(4);
  });

  test('an upload that fails is given up', async () => {
    const onRequest = ({ headers }: { headers: Readonly<Record<string, string>> }) =>
      headers['content-range']?.startsWith('bytes 262144-') ? { status: 404, reason: 'notFound' } : undefined;
    const { origin, operations, server } = await openOnServer({ tuning: small, server: { onRequest } });
    const failing = origin.write(toObject('a', noise(2 ** 19)), calm());
    // The session is gone: a new one may do.
    await expect(failing).rejects.toMatchObject({ kind: 'unavailable' });
    expect(operations().at(-1)).toBe('upload.cancel');
    expect([server.sessions(), server.objects('test-bucket').size]).toEqual([0, 0]);
  });

  test('a server that keeps nothing ends the upload', async () => {
    const { origin } = await openOnServer({ tuning: small, server: { keptOfChunk: () => 0 } });
    await expect(origin.write(toObject('a', noise(2 ** 19)), calm())).rejects.toMatchObject({ kind: 'unavailable' });
  });

  test('a rewrite of several calls repeats headers and preconditions in each', async () => {
    const { origin, operations, server } = await openOnServer({ server: { bytesPerRewrite: 4 } });
    const { etag } = await origin.write(toObject('a', 'ten bytes!'), calm());
    operations();
    await origin.copy({ key: 'a', etag }, toObject('b', 'ten bytes!', { headers: plain, ifMatch: null }), calm());
    expect(operations()).toEqual(['objects.rewrite', 'objects.rewrite', 'objects.rewrite']);
    const rewrites = server.requests.filter(({ operation }) => operation === 'objects.rewrite');
    for (const { query } of rewrites)
      expect(query).toMatchObject({ ifGenerationMatch: '0', ifSourceMetagenerationMatch: '1' });
    expect((await origin.head('b', calm()))?.headers).toEqual(plain);
  });

  test('nothing of the source’s comes along where a rewrite lays one resource over the other', async () => {
    const { origin } = await openOnServer({ server: { mergesRewrites: true } });
    const headers = { ...cssHeaders, 'content-encoding': 'gzip', 'x-amz-meta-old': '1' };
    const { etag } = await origin.write(toObject('a', '1', { headers }), calm());
    await origin.copy({ key: 'a', etag }, toObject('b', '1', { headers: plain }), calm());
    expect((await origin.head('b', calm()))?.headers).toEqual(plain);
  });

  test('a range of the listing begins at the server', async () => {
    const { origin, server } = await openOnServer();
    for (const key of ['a', 'b', 'c']) await origin.write(toObject(key, key), calm());
    const keys = await collect(origin.list({ prefix: '', after: 'a', until: 'b' }, calm()));
    expect(keys.map(({ key }) => key)).toEqual(['b']);
    expect(server.requests.at(-1)?.query).toMatchObject({ startOffset: 'site/a' });
  });

  test('objects that were not removed are named', async () => {
    const message = 'ci@shop.iam.gserviceaccount.com does not have storage.objects.delete access to the object.';
    const deleteErrors = (name: string) =>
      name.endsWith('b') ? { status: 403, reason: 'forbidden', message } : undefined;
    const { origin, server } = await openOnServer({ server: { deleteErrors } });
    for (const key of ['a', 'b', 'c']) await origin.write(toObject(key, key), calm());
    await expect(origin.remove(['a', 'b', 'c'], calm())).rejects.toMatchObject({
      kind: 'auth',
      message: expect.stringMatching(/storage\.objects\.delete is missing.*1 of 3 objects were not removed: site\/b\./),
    });
    expect([...server.objects('test-bucket').keys()]).toEqual(['site/b']);
  });

  test('a bucket that is not there is an error, never a missing object', async () => {
    const { origin } = await openOnServer({ server: { buckets: [] } });
    const missing = { kind: 'missing', message: expect.stringMatching(/test-bucket.*the bucket does not exist/) };
    await expect(origin.head('a', calm())).rejects.toMatchObject(missing);
    await expect(origin.read('a', calm())).rejects.toMatchObject(missing);
    await expect(origin.write(toObject('a', '1'), calm())).rejects.toMatchObject(missing);
    await expect(collect(origin.list({ prefix: '' }, calm()))).rejects.toMatchObject(missing);
  });

  test.each([
    [429, 'rateLimitExceeded', 'The object exceeded the rate limit', { kind: 'throttled', retryAfterMs: 2000 }],
    [403, 'rateLimitExceeded', 'User Rate Limit Exceeded', { kind: 'throttled' }],
    [503, 'backendError', 'Backend Error', { kind: 'unavailable' }],
    [
      403,
      'forbidden',
      'x does not have storage.objects.create access',
      { kind: 'auth', message: expect.stringContaining('storage.objects.create is missing') },
    ],
    [403, 'forbidden', 'Forbidden', { kind: 'auth', hint: expect.stringContaining('docs/providers/gcs.md') }],
    [403, 'retentionPolicyNotMet', 'is subject to a retention policy', { kind: 'rejected' }],
    [401, 'authError', 'Invalid Credentials', { kind: 'auth' }],
    [400, 'invalid', 'Invalid argument.', { kind: 'rejected' }],
  ])('%i %s: %s', async (status, reason, message, expected) => {
    const onRequest = () => ({ status, reason, message, headers: { 'retry-after': '2' } });
    const { origin, operations } = await openOnServer({ server: { onRequest } });
    await expect(origin.write(toObject('a', '1'), calm())).rejects.toMatchObject(expected);
    expect(operations()).toHaveLength(1);
  });

  test('a cut connection is unavailable', async () => {
    const { origin } = await openOnServer({ server: { onRequest: () => 'reset' } });
    await expect(origin.head('a', calm())).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

/** The in-repo server is honest only if the vendor's own client can work with it. */
test('the vendor’s SDK works with the in-repo server, preconditions included', async () => {
  const server = await startGcsServer({ buckets: [] });
  onTestFinished(() => server.close());
  const storage = new Storage({ apiEndpoint: server.endpoint, projectId: 'shop', retryOptions: { autoRetry: false } });
  await storage.createBucket('sdk');
  const bucket = storage.bucket('sdk');
  const first = bucket.file('a');
  await first.save('one', {
    resumable: false,
    preconditionOpts: { ifGenerationMatch: 0 },
    metadata: { cacheControl: 'no-store' },
  });
  const again = bucket.file('a').save('two', { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });
  await expect(again).rejects.toMatchObject({ code: 412 });
  await bucket.file('big').save(Buffer.from(noise(2 ** 20)), { resumable: true, chunkSize: 2 ** 18 });
  const [downloaded] = await bucket.file('big').download();
  expect(downloaded.equals(Buffer.from(noise(2 ** 20)))).toBe(true);
  await first.copy(bucket.file('b'));
  const [files] = await bucket.getFiles({ startOffset: 'a', endOffset: 'big' });
  expect(files.map(({ name, metadata }) => [name, metadata.cacheControl])).toEqual([
    ['a', 'no-store'],
    ['b', 'no-store'],
  ]);
  await bucket.file('b').delete();
  expect(await bucket.file('b').exists()).toEqual([false]);
});

test('an object that others stored with gzip comes as it is stored', async () => {
  const { origin, server } = await openOnServer();
  const somebodyElse = new Storage({ apiEndpoint: server.endpoint });
  await somebodyElse.bucket('test-bucket').file('site/a.txt').save('text', { resumable: false, gzip: true });
  const bytes = await toBytes(await origin.read('a.txt', calm()));
  expect(Buffer.from(bytes).subarray(0, 2).toString('hex')).toBe('1f8b');
  expect((await origin.head('a.txt', calm()))?.headers['content-encoding']).toBe('gzip');
  expect(await toText(await origin.read('a.txt', calm()))).not.toBe('text');
});
