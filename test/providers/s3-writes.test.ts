import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  calm,
  inParallel,
  noise,
  sha256Of,
  toBody,
  toBytes,
  toChangedBody,
  toObject,
  toText,
} from '../contract/body.ts';
import type { Fault, S3Request } from '../servers/s3.ts';
import { openOnServer } from './s3-open.ts';

const mebibyte = 2 ** 20;
const big = noise(20 * mebibyte + 1);
/** Takes the in-repo server for AWS, which keeps conditions on copies and multipart uploads. */
const asAmazon = { amazon: /^127\./ };

const refuse =
  (operation: string, fault: Fault) =>
  (request: S3Request): Fault | undefined =>
    request.operation === operation ? fault : undefined;

describe('multipart uploads', () => {
  test('begin at 16 MiB, in parts of 8 MiB that grow so that 10,000 are enough', async () => {
    const { origin, operations } = await openOnServer();
    await origin.write(toObject('below', big.subarray(0, 16 * mebibyte - 1)), calm());
    expect(operations()).toEqual(['PutObject']);
    await origin.write(toObject('above', big), calm());
    expect(operations().sort()).toEqual(
      ['CreateMultipartUpload', 'UploadPart', 'UploadPart', 'UploadPart', 'CompleteMultipartUpload'].sort(),
    );
    const sizes: number[] = [];
    const huge = {
      ...toBody(''),
      size: 100 * 2 ** 30,
      async *chunks(sizeBytes: number) {
        sizes.push(sizeBytes);
        yield new Uint8Array(1);
      },
    };
    await origin.write(toObject('huge', '', { body: huge, size: huge.size }), calm());
    expect(sizes).toEqual([11 * mebibyte]);
  });

  test('at most four parts of a file are under way', async () => {
    let now = 0;
    let most = 0;
    const onRequest = async ({ operation }: S3Request): Promise<undefined> => {
      if (operation !== 'UploadPart') return;
      most = Math.max(most, ++now);
      await sleep(30);
      now--;
    };
    const { origin } = await openOnServer({ server: { onRequest }, tuning: { partBytes: 2 * mebibyte } });
    await origin.write(toObject('k', big), calm()).catch(() => undefined);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(4);
  });

  test('several big files at once share the memory that one may use', async () => {
    let held = 0;
    let most = 0;
    const body = toBody(big);
    const counted = {
      ...body,
      async *chunks(sizeBytes: number) {
        for await (const chunk of body.chunks(sizeBytes)) {
          most = Math.max(most, ++held);
          yield chunk;
        }
      },
    };
    const onRequest = async ({ operation }: S3Request): Promise<undefined> => {
      if (operation !== 'UploadPart') return;
      await sleep(20);
      held--;
    };
    const { origin, server } = await openOnServer({ server: { onRequest }, tuning: { memoryBytes: 24 * mebibyte } });
    await inParallel(['a', 'b', 'c', 'd'], 4, (key) => origin.write(toObject(key, '', { body: counted }), calm()));
    expect(most).toBeLessThanOrEqual(3);
    for (const key of ['a', 'b', 'c', 'd'])
      expect(server.objects('test-bucket').get(`site/${key}`)?.content.size).toBe(big.length);
  });

  const failures: [string, Fault | undefined, object][] = [
    ['UploadPart', { status: 403, code: 'AccessDenied' }, { kind: 'auth' }],
    ['UploadPart', 'reset', { kind: 'unavailable' }],
    ['CompleteMultipartUpload', { status: 200, code: 'InternalError' }, { kind: 'unavailable' }],
    ['CompleteMultipartUpload', { status: 412, code: 'PreconditionFailed' }, { kind: 'conflict' }],
  ];
  test.each(failures)('%s answers %j: nothing of the upload is left', async (operation, fault, expected) => {
    const { origin, server } = await openOnServer({ server: { onRequest: refuse(operation, fault ?? 'reset') } });
    await expect(origin.write(toObject('k', big), calm())).rejects.toMatchObject(expected);
    expect(server.uploads('test-bucket')).toBe(0);
    expect(server.requests.at(-1)?.operation).toBe('AbortMultipartUpload');
    expect(server.objects('test-bucket').size).toBe(0);
  });

  test('a source that changed, or an aborted call: nothing of the upload is left', async () => {
    const { origin, server } = await openOnServer();
    const changed = toObject('k', '', { body: toChangedBody(big.length) });
    await expect(origin.write(changed, calm())).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
    expect(server.uploads('test-bucket')).toBe(0);
    const controller = new AbortController();
    const reason = new Error('stop');
    const onBytes = () => controller.abort(reason);
    await expect(origin.write(toObject('k', big), { signal: controller.signal, onBytes })).rejects.toBe(reason);
    expect(server.uploads('test-bucket')).toBe(0);
    expect(server.objects('test-bucket').size).toBe(0);
  });

  test('conditions stand on the completion; AWS is not asked twice', async () => {
    const { origin, server, operations } = await openOnServer({ tuning: asAmazon });
    const { etag } = await origin.write(toObject('k', big, { ifMatch: null }), calm());
    expect(operations()).not.toContain('HeadObject');
    await expect(origin.write(toObject('k', big, { ifMatch: null }), calm())).rejects.toMatchObject({
      kind: 'conflict',
    });
    await origin.write(toObject('k', big, { ifMatch: etag }), calm());
    const sent = server.requests.filter(({ operation }) => operation === 'CompleteMultipartUpload');
    expect(sent.map(({ headers }) => headers['if-none-match'] ?? headers['if-match'])).toEqual(['*', '*', `"${etag}"`]);
    expect(server.uploads('test-bucket')).toBe(0);
  });
});

describe('quotes of If-Match', () => {
  test('a store that wants bare etags is found out once', async () => {
    const { origin, operations } = await openOnServer({ server: { unquotedEtags: true } });
    let { etag } = await origin.write(toObject('k', '1'), calm());
    operations();
    ({ etag } = await origin.write(toObject('k', '2', { ifMatch: etag }), calm()));
    expect(operations()).toEqual(['PutObject', 'HeadObject', 'PutObject']);
    ({ etag } = await origin.write(toObject('k', '3', { ifMatch: etag }), calm()));
    expect(operations()).toEqual(['PutObject']);
    await expect(origin.write(toObject('k', '4', { ifMatch: 'ffff' }), calm())).rejects.toMatchObject({
      kind: 'conflict',
    });
    expect(operations()).toEqual(['PutObject']);
    expect(await toText(await origin.read('k', calm()))).toBe('3');
  });

  test('many keys that find it out at the same time are all written', async () => {
    const { origin } = await openOnServer({ server: { unquotedEtags: true } });
    const keys = Array.from({ length: 12 }, (_, i) => `k${i}`);
    const etags = new Map<string, string>();
    for (const key of keys) etags.set(key, (await origin.write(toObject(key, 'old'), calm())).etag);
    await inParallel(keys, 12, (key) =>
      origin.write(toObject(key, 'new', { ifMatch: etags.get(key) as string }), calm()),
    );
    for (const key of keys) expect(await toText(await origin.read(key, calm()))).toBe('new');
  });

  test('a true conflict costs one look at most, and none at AWS', async () => {
    const { origin, operations } = await openOnServer();
    await origin.write(toObject('k', '1'), calm());
    operations();
    await expect(origin.write(toObject('k', '2', { ifMatch: 'ffff' }), calm())).rejects.toMatchObject({
      kind: 'conflict',
    });
    expect(operations()).toEqual(['PutObject', 'HeadObject']);
    const amazon = await openOnServer({ tuning: asAmazon });
    await expect(amazon.origin.write(toObject('k', '2', { ifMatch: 'ffff' }), calm())).rejects.toMatchObject({
      kind: 'conflict',
    });
    expect(amazon.operations()).toEqual(['PutObject']);
  });
});

describe('copies', () => {
  test('one request at AWS, with both conditions and without the source’s tags', async () => {
    const { origin, server, operations } = await openOnServer({ tuning: asAmazon });
    const { etag } = await origin.write(toObject('from', 'v'), calm());
    operations();
    await origin.copy({ key: 'from', etag }, toObject('to', 'v', { ifMatch: null }), calm());
    expect(operations()).toEqual(['CopyObject']);
    expect(server.requests.at(-1)?.headers).toMatchObject({
      'x-amz-copy-source': 'test-bucket/site/from',
      'x-amz-copy-source-if-match': `"${etag}"`,
      'if-none-match': '*',
      'x-amz-metadata-directive': 'REPLACE',
      'x-amz-tagging-directive': 'REPLACE',
    });
  });

  test('conditions that do not hold at AWS', async () => {
    const { origin } = await openOnServer({ tuning: asAmazon });
    const { etag } = await origin.write(toObject('from', 'v'), calm());
    const from = { key: 'from', etag };
    const target = (ifMatch: string | null) => toObject('to', 'v', { ifMatch });
    await expect(origin.copy({ key: 'from', etag: 'ffff' }, toObject('to', 'v'), calm())).rejects.toMatchObject({
      kind: 'conflict',
    });
    await expect(origin.copy({ key: 'gone', etag }, toObject('to', 'v'), calm())).rejects.toMatchObject({
      kind: 'missing',
    });
    await expect(origin.copy(from, target('ffff'), calm())).rejects.toMatchObject({ kind: 'conflict' });
    await origin.copy(from, target(null), calm());
    await expect(origin.copy(from, target(null), calm())).rejects.toMatchObject({ kind: 'conflict' });
    await expect(origin.copy(from, target('ffff'), calm())).rejects.toMatchObject({ kind: 'conflict' });
  });

  test('an error inside an answer of 200 is an error', async () => {
    const onRequest = refuse('CopyObject', { status: 200, code: 'InternalError', message: 'try again' });
    const { origin } = await openOnServer({ server: { onRequest } });
    const { etag } = await origin.write(toObject('from', 'v'), calm());
    const copy = origin.copy({ key: 'from', etag }, toObject('to', 'v'), calm());
    await expect(copy).rejects.toMatchObject({ kind: 'unavailable' });
  });

  test('what is too large for one CopyObject is copied in parts', async () => {
    const tuning = { maxCopyBytes: 10 * mebibyte, copyPartBytes: 8 * mebibyte };
    const { origin, server, operations } = await openOnServer({ server: { maxCopyBytes: 10 * mebibyte }, tuning });
    const { etag } = await origin.write(toObject('from here', big), calm());
    operations();
    const headers = { 'content-type': 'text/plain' };
    await origin.copy({ key: 'from here', etag }, toObject('to', big, { headers }), calm());
    expect(operations().filter((name) => name === 'UploadPartCopy')).toHaveLength(3);
    expect(sha256Of(await toBytes(await origin.read('to', calm())))).toBe(sha256Of(big));
    expect(await origin.head('to', calm())).toMatchObject({ headers, sha256: sha256Of(big) });
    expect(server.uploads('test-bucket')).toBe(0);
  });

  test('a copy in parts that fails leaves nothing', async () => {
    const tuning = { maxCopyBytes: 10 * mebibyte, copyPartBytes: 8 * mebibyte };
    const onRequest = refuse('UploadPartCopy', { status: 500, code: 'InternalError' });
    const { origin, server } = await openOnServer({ server: { onRequest }, tuning });
    const { etag } = await origin.write(toObject('from', big), calm());
    await expect(origin.copy({ key: 'from', etag }, toObject('to', big), calm())).rejects.toMatchObject({
      kind: 'unavailable',
    });
    expect(server.uploads('test-bucket')).toBe(0);
    expect([...server.objects('test-bucket').keys()]).toEqual(['site/from']);
  });

  test('trap 15: under KMS a copy is verified by the source’s etag, never by an MD5', async () => {
    const { origin } = await openOnServer({ server: { kms: true, ignoreCopyConditions: true } });
    const { etag } = await origin.write(toObject('from', 'v'), calm());
    const copy = await origin.copy({ key: 'from', etag }, toObject('to', 'v'), calm());
    expect(copy.etag).not.toBe(etag);
    await origin.write(toObject('from', 'v'), calm());
    await expect(origin.copy({ key: 'from', etag }, toObject('to', 'v'), calm())).rejects.toMatchObject({
      kind: 'conflict',
    });
  });
});

describe('a store that ignores all conditions', () => {
  test('writes succeed as it says, so a probe can find it out; copies and big bodies are still looked at first', async () => {
    const { origin } = await openOnServer({ server: { ignoreConditions: true } });
    await origin.write(toObject('k', '1'), calm());
    await origin.write(toObject('k', '2', { ifMatch: null }), calm());
    const { etag } = await origin.write(toObject('k', '3', { ifMatch: 'ffff' }), calm());
    await expect(origin.write(toObject('k', big, { ifMatch: null }), calm())).rejects.toMatchObject({
      kind: 'conflict',
    });
    const copy = origin.copy({ key: 'k', etag }, toObject('k', '3', { ifMatch: 'ffff' }), calm());
    await expect(copy).rejects.toMatchObject({ kind: 'conflict' });
  });
});
