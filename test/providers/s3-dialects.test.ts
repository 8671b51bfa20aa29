import { describe, expect, onTestFinished, test } from 'vitest';
import { catalogs } from '../../providers/index.ts';
import { probeConditions } from '../../src/manifest/probe.ts';
import type { Origin } from '../../src/provider/contract.ts';
import { calm, toObject } from '../contract/body.ts';
import { type S3Server, type S3ServerOptions, startS3Server } from '../servers/s3.ts';
import { b2Manners, r2Manners } from '../servers/s3-dialects.ts';

/** An origin of one preset at a server of its own; both are closed when the test ends. */
async function openPreset(
  id: string,
  region: string,
  options: S3ServerOptions,
): Promise<{ server: S3Server; origin: Origin }> {
  process.env.AWS_ACCESS_KEY_ID = 'testaccess';
  process.env.AWS_SECRET_ACCESS_KEY = 'testsecret123';
  const server = await startS3Server({ credentials: { region }, ...options });
  onTestFinished(() => server.close());
  const provider = await catalogs.origins[id]?.();
  if (!provider) throw new Error(`There is no origin ${id}.`);
  const raw = { bucket: 'test-bucket', prefix: 'site', endpoint: server.endpoint };
  const parsed = provider.parse(id === 'b2' ? { ...raw, region } : raw, 'origin');
  const origin = await provider.open(parsed, { env: {}, directory: '/' });
  onTestFinished(() => origin.close?.());
  return { server, origin };
}

const answerAll = (status: number, code: string, message: string) => ({
  onRequest: () => ({ status, code, message }),
});

describe('r2', () => {
  test('says that a key takes one write a second, and what a faster one is answered with', async () => {
    const { origin } = await openPreset('r2', 'auto', { onRequest: r2Manners({ writeIntervalMs: 60_000 }) });
    expect(origin.name).toBe('r2://test-bucket/site/');
    expect(origin.traits).toMatchObject({ writeIntervalMs: 1000, maxKeyBytes: 1024 - 'site/'.length });
    await origin.write(toObject('a', '1'), calm());
    await expect(origin.write(toObject('a', '2'), calm())).rejects.toMatchObject({ kind: 'throttled' });
    await origin.write(toObject('b', '1'), calm());
  });

  test('a refusal names the token’s permission and its page', async () => {
    const { origin } = await openPreset('r2', 'auto', answerAll(403, 'AccessDenied', 'Access Denied'));
    await expect(origin.write(toObject('a', '1'), calm())).rejects.toMatchObject({
      kind: 'auth',
      message: expect.stringMatching(/R2 bucket test-bucket: .*"Object Read & Write" is missing/),
      hint: expect.stringContaining('docs/providers/r2.md'),
    });
  });

  test('a bucket that is not there asks for account and jurisdiction', async () => {
    const { origin } = await openPreset('r2', 'auto', { buckets: ['other'] });
    await expect(origin.write(toObject('a', '1'), calm())).rejects.toMatchObject({
      kind: 'missing',
      hint: expect.stringMatching(/`accountId` or `jurisdiction`/),
    });
  });

  test('a copy sends no condition for its target, which R2 does not take there', async () => {
    const { origin, server } = await openPreset('r2', 'auto', { onRequest: r2Manners({ writeIntervalMs: 0 }) });
    const { etag } = await origin.write(toObject('a', '1'), calm());
    await origin.copy({ key: 'a', etag }, toObject('b', '1', { ifMatch: null }), calm());
    await expect(origin.copy({ key: 'a', etag }, toObject('b', '1', { ifMatch: null }), calm())).rejects.toMatchObject({
      kind: 'conflict',
    });
    expect(server.objects('test-bucket').size).toBe(2);
  });
});

describe('b2', () => {
  const region = 'us-west-004';

  test('a condition on a write is refused before it is sent, so that nobody believes in it', async () => {
    const { origin, server } = await openPreset('b2', region, { onRequest: b2Manners() });
    await expect(origin.write(toObject('a', '1', { ifMatch: null }), calm())).rejects.toMatchObject({
      kind: 'rejected',
      message: expect.stringContaining('B2 takes no conditions on writes'),
    });
    expect(server.requests).toEqual([]);
    const found = await probeConditions(origin, 'n', calm());
    expect(found).toEqual({ mustNotExist: false, ifMatch: false });
  });

  test('a key with a control character is refused before it is sent', async () => {
    const { origin, server } = await openPreset('b2', region, {});
    await expect(origin.write(toObject('a\tb', '1'), calm())).rejects.toMatchObject({
      kind: 'rejected',
      message: expect.stringMatching(/B2 bucket test-bucket: "a\\tb" cannot be a key.*control character/),
    });
    expect(server.requests).toEqual([]);
  });

  test.each([
    [503, 'SlowDown', 'Please reduce your request rate.', { kind: 'throttled' }],
    [403, 'AccessDenied', 'Transaction cap exceeded, see the Caps & Alerts page', { kind: 'rejected' }],
    [403, 'AccessDenied', 'not entitled', { kind: 'auth', message: expect.stringContaining('writeFiles is missing') }],
  ])('%i %s: %s', async (status, code, message, expected) => {
    const { origin } = await openPreset('b2', region, answerAll(status, code, message));
    await expect(origin.write(toObject('a', '1'), calm())).rejects.toMatchObject(expected);
  });
});
