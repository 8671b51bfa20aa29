import { describe, expect, test } from 'vitest';
import { azureOrigin } from '../../providers/azure/index.ts';
import { rememberToken } from '../../providers/azure/token.ts';
import { compareUtf8 } from '../../src/byte-order.ts';
import { inUtf8Order } from '../../src/provider/utf8-order.ts';
import { calm, collect, cssHeaders, noise, toObject } from '../contract/body.ts';
import { openOnServer } from './azure-open.ts';

const plain = { 'cache-control': 'no-store', 'content-type': 'text/plain' };

describe('options', () => {
  const parse = (raw: object) =>
    azureOrigin.parse({ account: 'shopstatic', container: '$web', ...raw }, 'environments.prod.origin');

  test.each([
    ['neither account nor endpoint', { account: undefined }, /origin\.account.*storage account, or an `endpoint`/s],
    ['an account with capitals', { account: 'ShopStatic' }, /origin\.account.*3 to 24 lower-case/s],
    ['no container', { container: undefined }, /origin\.container/],
    ['a container that Azure could not hold', { container: 'a--b' }, /origin\.container/],
    ['a container that is too long', { container: 'a'.repeat(64) }, /origin\.container/],
    ['a SAS in the endpoint', { endpoint: 'https://x.example/?sv=1&sig=hunter22' }, /origin\.endpoint.*and SAS/s],
    ['an unknown option', { bucket: 'x' }, /bucket/],
  ])('%s is refused with its path', (_, raw, message) => {
    expect(() => parse(raw)).toThrow(message);
    expect(() => parse(raw)).not.toThrow(/hunter22/);
  });

  test('the location is host, container and prefix', () => {
    const locate = (raw: object) => azureOrigin.locate(parse(raw), '/');
    const store = 'shopstatic.blob.core.windows.net/$web';
    expect(locate({ prefix: '/a/b/' })).toEqual({ store, prefix: 'a/b' });
    const endpoint = 'http://127.0.0.1:10000/devstoreaccount1/';
    expect(locate({ endpoint })).toEqual({ store: '127.0.0.1:10000/devstoreaccount1/$web', prefix: '' });
  });

  test('the least privilege is one role for one container', () => {
    const [assignment, role] = azureOrigin.policy?.(parse({})) ?? [];
    expect(assignment?.body).toMatch(/"Storage Blob Data Contributor"[\s\S]*shopstatic[\s\S]*containers\/\$web/);
    expect(JSON.parse(role?.body ?? '').DataActions.map((one: string) => one.split('/').at(-1))).toEqual([
      'read',
      'write',
      'delete',
    ]);
  });
});

describe('credentials', () => {
  test('a key whose account nobody named is an error that says so', async () => {
    const env = { AZURE_STORAGE_KEY: 'a2V5' };
    const opened = openOnServer({ raw: { account: undefined }, env });
    await expect(opened).rejects.toMatchObject({
      kind: 'auth',
      hint: expect.stringContaining('AZURE_STORAGE_ACCOUNT'),
    });
  });

  test('a wrong key is refused, and not repeated', async () => {
    const { origin } = await openOnServer({ env: { AZURE_STORAGE_KEY: 'aHVudGVyMjI=' } });
    const failed = await origin.write(toObject('a', '1'), calm()).catch((error: unknown) => error);
    expect(failed).toMatchObject({ kind: 'auth', hint: expect.stringContaining('key or SAS is wrong') });
    expect(String(failed)).not.toContain('aHVudGVyMjI');
  });

  test('a SAS signs every request, and its signature reaches no message', async () => {
    const sas = '?sv=2025-11-05&se=2999-01-01T00:00:00Z&sp=rwdl&sig=hunter2222';
    const env = { AZURE_STORAGE_SAS_TOKEN: sas };
    const { origin } = await openOnServer({ env });
    const { etag } = await origin.write(toObject('a', '1'), calm());
    await origin.copy({ key: 'a', etag }, toObject('b', '1'), calm());
    await origin.remove(['a', 'b'], calm());
    const expired = await openOnServer({ env: { AZURE_STORAGE_SAS_TOKEN: sas.replace('2999', '2001') } });
    const failed = await expired.origin.write(toObject('a', '1'), calm()).catch((error: Error) => error);
    expect(failed).toMatchObject({ kind: 'auth' });
    const texts = [String(failed), String((failed as Error).cause), ((failed as Error).cause as Error).stack];
    expect(texts.join()).not.toContain('hunter2222');
  });

  test('the token of an identity is asked for once, and anew when it nears its end or failed', async () => {
    const lifetimes = [3_600_000, 60_000, 3_600_000];
    let asked = 0;
    const getToken = async () => {
      const lifetime = lifetimes[asked++];
      if (asked === 1) throw new Error('not yet');
      return { token: `token ${asked}`, expiresOnTimestamp: Date.now() + (lifetime ?? 0) };
    };
    const token = rememberToken({ getToken });
    await expect(token()).rejects.toThrow('not yet');
    expect(await Promise.all([token(), token()])).toEqual(['token 2', 'token 2']);
    expect([await token(), await token()]).toEqual(['token 3', 'token 3']);
  });

  test('an identity is not sent over http', async () => {
    const { origin, server } = await openOnServer({ env: {} });
    await expect(origin.head('a', calm())).rejects.toMatchObject({
      kind: 'rejected',
      hint: expect.stringContaining('https'),
    });
    expect(server.requests).toEqual([]);
  });
});

describe('requests', () => {
  test('a small body is one request, a large one blocks and a commit', async () => {
    const mebibyte = 2 ** 20;
    const tuning = { blockUploadBytes: 2 * mebibyte, blockBytes: mebibyte };
    const { origin, operations } = await openOnServer({ tuning });
    await origin.write(toObject('small', noise(2 * mebibyte - 1)), calm());
    expect(operations()).toEqual(['Put Blob']);
    await origin.write(toObject('large', noise(2 * mebibyte + 1), { ifMatch: null }), calm());
    expect(operations()).toEqual(['Put Block', 'Put Block', 'Put Block', 'Put Block List']);
  });

  test('a copy is one request that brings its own headers; new headers alone are two', async () => {
    const { origin, operations, server } = await openOnServer();
    const { etag } = await origin.write(toObject('a', '1'), calm());
    operations();
    await origin.copy({ key: 'a', etag }, toObject('b', '1', { headers: plain }), calm());
    expect(operations()).toEqual(['Put Blob From URL']);
    const copy = server.requests.at(-1)?.headers ?? {};
    expect(copy['x-ms-copy-source']).toMatch(/[?&]sp=r&/);
    await origin.copy({ key: 'a', etag }, toObject('a', '1', { headers: plain }), calm());
    expect(operations()).toEqual(['HEAD Blob', 'Set Blob Properties']);
  });

  test('new metadata of a blob is written before its headers, over one etag after the other', async () => {
    const { origin, operations } = await openOnServer();
    const { etag } = await origin.write(toObject('a', '1'), calm());
    operations();
    const headers = { ...cssHeaders, 'x-amz-meta-surrogate-key': 'a b' };
    const copied = await origin.copy({ key: 'a', etag }, toObject('a', '1', { headers }), calm());
    expect(operations()).toEqual(['HEAD Blob', 'Set Blob Metadata', 'Set Blob Properties']);
    expect(await origin.head('a', calm())).toMatchObject({ headers, etag: copied.etag });
  });

  test('a server without Put Blob From URL is asked for it once, then copies and sets headers', async () => {
    const { origin, operations } = await openOnServer({ server: { putsFromUrl: false } });
    const { etag } = await origin.write(toObject('a', '1'), calm());
    operations();
    for (const key of ['b', 'c']) await origin.copy({ key: 'a', etag }, toObject(key, '1', { headers: plain }), calm());
    const pair = ['Copy Blob', 'Set Blob Properties'];
    expect(operations()).toEqual(['Put Blob From URL', ...pair, ...pair]);
    expect((await origin.head('c', calm()))?.headers).toEqual(plain);
  });

  test('what is too large for Put Blob From URL is copied without it', async () => {
    const { origin, operations } = await openOnServer({ tuning: { maxFromUrlBytes: 10 } });
    const { etag } = await origin.write(toObject('a', 'more than ten'), calm());
    operations();
    await origin.copy({ key: 'a', etag }, toObject('b', 'more than ten'), calm());
    expect(operations()).toEqual(['Copy Blob', 'Set Blob Properties']);
  });

  test('257 keys are removed in two batches', async () => {
    const { origin, operations } = await openOnServer();
    await origin.remove(
      Array.from({ length: 257 }, (_, i) => `k/${i}`),
      calm(),
    );
    expect(operations()).toEqual(['Blob Batch', 'Blob Batch']);
  });

  test('blobs of a batch that were not removed are named', async () => {
    const deleteErrors = (name: string) =>
      name.endsWith('b') ? { status: 403, code: 'AuthorizationPermissionMismatch' } : undefined;
    const { origin } = await openOnServer({ server: { deleteErrors } });
    await origin.write(toObject('a', '1'), calm());
    await expect(origin.remove(['a', 'b'], calm())).rejects.toMatchObject({
      kind: 'auth',
      message: expect.stringMatching(/blobs\/delete is missing.*1 of 2 blobs were not removed: .*site\/b \(Auth/),
    });
  });

  test('metadata that Azure cannot name is refused, and nothing is sent', async () => {
    const { origin, server } = await openOnServer();
    for (const name of ['x-amz-meta-a_b', 'x-amz-meta-1st', 'x-amz-meta-sha256', 'x-robots-tag']) {
      const headers = { ...cssHeaders, [name]: 'x' };
      await expect(origin.write(toObject('a', '1', { headers }), calm())).rejects.toMatchObject({ kind: 'rejected' });
    }
    expect(server.requests).toEqual([]);
  });

  test('a container that is not there is an error, never a missing blob', async () => {
    const { origin } = await openOnServer({ server: { containers: [] } });
    const missing = { kind: 'missing', message: expect.stringContaining('test-container') };
    await expect(origin.head('a', calm())).rejects.toMatchObject(missing);
    await expect(origin.read('a', calm())).rejects.toMatchObject(missing);
    await expect(origin.write(toObject('a', '1', { ifMatch: 'x' }), calm())).rejects.toMatchObject(missing);
    await expect(collect(origin.list({ prefix: '' }, calm()))).rejects.toMatchObject(missing);
  });

  test('nothing is tried twice', async () => {
    const server = { onRequest: () => ({ status: 503, code: 'ServerBusy', headers: { 'retry-after': '2' } }) };
    const { origin, operations } = await openOnServer({ server });
    await expect(origin.write(toObject('a', '1'), calm())).rejects.toMatchObject({
      kind: 'throttled',
      retryAfterMs: 2000,
    });
    expect(operations()).toEqual(['Put Blob']);
  });

  test('a cut connection is unavailable', async () => {
    const { origin } = await openOnServer({ server: { onRequest: () => 'reset' } });
    await expect(origin.head('a', calm())).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

test('a listing by UTF-16 comes out by UTF-8', async () => {
  const keys = [
    'a',
    'a/\uE000',
    'a/\u{1F600}',
    'a/\u{1F600}/x',
    'a/\uFFFD',
    'b',
    '\u{10FFFD}',
    '\uE000z',
    'é',
    'z\u{1F600}',
  ];
  const byUtf16 = [...keys].sort();
  expect(byUtf16).not.toEqual([...keys].sort(compareUtf8));
  for (const listed of [byUtf16, [...keys].sort(compareUtf8)]) {
    const source = async function* () {
      for (const key of listed) yield { key };
    };
    const got = (await collect(inUtf8Order(source()))).map(({ key }) => key);
    expect(got).toEqual([...keys].sort(compareUtf8));
  }
});
